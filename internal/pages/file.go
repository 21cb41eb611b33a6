package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// file is something that can be sent, as it is and compressed.
type file struct {
	contentType string
	plain       variant
	compressed  *variant // nil where that would not be shorter
}

// variant has an ETag of its own, since a part of one is not a part of the other.
type variant struct {
	content []byte
	etag    string
}

// compressors take far longer to make than to compress a file.
var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestCompression) // fails for wrong levels only
	return w
}}

func newFile(name string, content []byte) file {
	f := file{contentType: contentType(name), plain: newVariant(content)}
	var short bytes.Buffer
	w := compressors.Get().(*gzip.Writer)
	defer compressors.Put(w)
	w.Reset(&short)
	_, _ = w.Write(content) // a buffer takes everything
	_ = w.Close()
	if short.Len() < len(content) {
		v := newVariant(short.Bytes())
		f.compressed = &v
	}
	return f
}

func newVariant(content []byte) variant {
	sum := sha256.Sum256(content)
	return variant{content: content, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// serve sends the file, or a part of it, or that it is unchanged.
func (f file) serve(w http.ResponseWriter, r *http.Request, caching string) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", caching)
	h.Set("Vary", "Accept-Encoding")
	v := f.plain
	if f.compressed != nil && takesGzip(r.Header) {
		v = *f.compressed
		h.Set("Content-Encoding", "gzip")
	}
	if caching != notAtAll {
		h.Set("ETag", v.etag)
	}
	// Embedded files have no time of change; the ETag says all.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(v.content))
}

// takesGzip reports whether a client says so itself; that it would take anything is not enough.
func takesGzip(h http.Header) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, parameter, weighted := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		if !weighted {
			return true
		}
		_, weight, _ := strings.Cut(parameter, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		return err == nil && q > 0
	}
	return false
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
