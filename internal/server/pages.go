package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// pages serves the browser client. Each file has an ETag of its content: an embedded file has
// no time of change, and without either a browser would load everything anew each time.
type pages map[string]page

type page struct {
	content     []byte
	contentType string
	etag        string
}

func newPages(files fs.FS) pages {
	p := make(pages)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		p["/"+name] = page{
			content:     content,
			contentType: contentType(name),
			etag:        `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
		}
		return nil
	})
	if err != nil {
		panic(err) // embedded files can be read
	}
	p["/"] = p["/index.html"]
	delete(p, "/index.html")
	return p
}

// contentType does not leave it to the machine's MIME table, which may be missing or odd.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(ext)
	}
}

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, ok := p[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.contentType)
	h.Set("Cache-Control", "no-cache") // may be kept, must be asked about
	h.Set("ETag", found.etag)
	http.ServeContent(w, r, strings.TrimPrefix(r.URL.Path, "/"), time.Time{}, bytes.NewReader(found.content))
}
