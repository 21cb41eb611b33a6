package pages

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

// disk is the client in a directory, for those who work on it.
type disk struct {
	files fs.FS
	// builtIn has what there is at the top. What would be missing in the next build is missing here.
	builtIn fs.FS
}

// FromDisk serves the client as it is in a directory at each moment: nothing is made small, compressed
// or kept. Of the directory, only what New would be given is served.
func FromDisk(dir string, builtIn fs.FS) (http.Handler, error) {
	d := disk{files: os.DirFS(dir), builtIn: builtIn}
	if !isFile(d.files, indexName) {
		return nil, fmt.Errorf("there is no %s in %s", indexName, dir)
	}
	return routes(d.serveIndex, d.serveFile, d.serveLibrary), nil
}

func (d disk) serveIndex(w http.ResponseWriter, r *http.Request) {
	content, err := indexOf(d.files, "v/disk/")
	if err != nil {
		notFound(w, r)
		return
	}
	d.serve(w, r, indexName, content)
}

func (d disk) serveFile(w http.ResponseWriter, r *http.Request) {
	d.read(w, r, r.PathValue("name"))
}

func (d disk) serveLibrary(w http.ResponseWriter, r *http.Request) {
	d.read(w, r, libPrefix+r.PathValue("name"))
}

func (d disk) read(w http.ResponseWriter, r *http.Request, name string) {
	top, _, _ := strings.Cut(name, "/")
	if _, err := fs.Stat(d.builtIn, top); err != nil {
		notFound(w, r)
		return
	}
	content, err := fs.ReadFile(d.files, name)
	if err != nil {
		notFound(w, r)
		return
	}
	d.serve(w, r, name, content)
}

func (d disk) serve(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", notAtAll)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
