// Package pages serves the browser client: the page, what it loads, and the library that pages of
// others load too.
//
// What the page loads has a hash of all of it in its address (v/HASH/…), so that browsers keep it and
// never ask again. The hash is over all files together, and not over each, so that modules can import
// one another by their names in the source.
package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
)

// For how long browsers and proxies keep something.
const (
	forever   = "public, max-age=31536000, immutable"
	askBefore = "no-cache" // may be kept, must be asked about
	notAtAll  = "no-store"
)

// The parts of the client that have addresses of their own.
const (
	indexName = "index.html"
	libPrefix = "lib/"
)

// site is the client as it was built into the program, small and ready to be sent.
type site struct {
	index   file
	version string
	// files has what the page loads, by names; library has the files of the library as they
	// were written.
	files, library map[string]file
}

// New serves the client's files. They can be relied on, being part of the program, so it panics
// where they can't be read.
func New(files fs.FS) http.Handler {
	s := &site{files: make(map[string]file), library: make(map[string]file)}
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == indexName {
			return err
		}
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		small := minified(name, source)
		fmt.Fprintf(hash, "%s %d\n%s", name, len(small), small)
		s.files[name] = newFile(name, small)
		if strings.HasPrefix(name, libPrefix) {
			// Whoever builds on the library reads it, and their tools read its types. To a page
			// that loads it from here, compression matters more than comments.
			s.library[name] = newFile(name, source)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	s.version = hex.EncodeToString(hash.Sum(nil)[:5])
	index, err := indexOf(files, "v/"+s.version+"/")
	if err != nil {
		panic(err)
	}
	s.index = newFile(indexName, minified(indexName, index))
	return routes(s.serveIndex, s.serveFile, s.serveLibrary)
}

// routes are the addresses of the client, wherever its files come from. The path values are called
// version and name.
func routes(index, file, library http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /v/{version}/{name...}", file)
	mux.HandleFunc("GET /lib/{name...}", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		library(w, r)
	})
	mux.HandleFunc("GET /", notFound)
	return mux
}

func (s *site) serveIndex(w http.ResponseWriter, r *http.Request) {
	s.index.serve(w, r, askBefore)
}

func (s *site) serveFile(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[r.PathValue("name")]
	switch {
	case !ok:
		notFound(w, r)
	case r.PathValue("version") == s.version:
		f.serve(w, r, forever)
	default:
		// While nodes are replaced by those of another version, a page may come from one and what
		// it loads from the other. A page of which one file is of another version most probably
		// works, and a page of which a file is missing does not. But nobody may keep this file
		// under an address that is not its own.
		f.serve(w, r, notAtAll)
	}
}

func (s *site) serveLibrary(w http.ResponseWriter, r *http.Request) {
	f, ok := s.library[libPrefix+r.PathValue("name")]
	if !ok {
		notFound(w, r)
		return
	}
	f.serve(w, r, askBefore)
}

// notFound forbids to keep that something is missing: another node, or the next version, may have it.
func notFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", notAtAll)
	http.NotFound(w, r)
}
