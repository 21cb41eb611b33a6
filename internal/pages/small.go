package pages

import (
	"bytes"
	"path"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/html"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/svg"
)

// minifiers are by the ends of files' names. Of HTML, what a selector or a test may look for is kept.
var minifiers = map[string]minify.Minifier{
	".js":   &js.Minifier{},
	".css":  &css.Minifier{},
	".svg":  &svg.Minifier{},
	".html": &html.Minifier{KeepDefaultAttrVals: true, KeepDocumentTags: true, KeepEndTags: true},
}

// minified returns a file without what only people need: comments, white space, long local names.
// Where that does not work the file is good as it is.
func minified(name string, content []byte) []byte {
	small, err := minifiedOrWhy(name, content)
	if err != nil {
		return content
	}
	return small
}

func minifiedOrWhy(name string, content []byte) ([]byte, error) {
	m, ok := minifiers[path.Ext(name)]
	if !ok {
		return content, nil
	}
	var small bytes.Buffer
	// The library writes into what it reads.
	if err := m.Minify(minify.New(), &small, bytes.NewReader(bytes.Clone(content)), nil); err != nil {
		return nil, err
	}
	return small.Bytes(), nil
}
