package pages_test

import (
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"chorus/internal/pages"
	"chorus/web"
)

// heaviest is what a first visit may load at the most, uncompressed.
const heaviest = 100 << 10

func TestAFirstVisitIsLight(t *testing.T) {
	h := pages.New(web.Files)
	page := body(t, ask(h, "/"))
	loaded := append(links(page), version(t, page)+heaviestWords(t, h, version(t, page)))
	weights := map[string]int{".html": len(page)}
	total, onTheWay := len(page), sent(t, h, "/")
	for _, link := range loaded {
		r := ask(h, link)
		if r.StatusCode != 200 {
			t.Errorf("%s: %d", link, r.StatusCode)
		}
		size := len(body(t, r))
		weights[path.Ext(link)] += size
		total += size
		onTheWay += sent(t, h, link)
	}
	t.Logf("%d files, %d bytes: %v; %d bytes compressed", len(loaded)+1, total, weights, onTheWay)
	if total > heaviest || len(loaded) < 20 {
		t.Errorf("a first visit loads %d files, %d bytes, more than %d", len(loaded), total, heaviest)
	}
}

// heaviestWords returns the name of the largest catalogue. A page loads that of one language, when it
// has found out which.
func heaviestWords(t *testing.T, h http.Handler, version string) string {
	t.Helper()
	catalogues, err := fs.Glob(web.Files, "js/words/*.js")
	if err != nil || len(catalogues) == 0 {
		t.Fatalf("there are no words: %v", err)
	}
	return slices.MaxFunc(catalogues, func(a, b string) int {
		return len(body(t, ask(h, version+a))) - len(body(t, ask(h, version+b)))
	})
}

// sent returns how many bytes a browser is sent.
func sent(t *testing.T, h http.Handler, path string) int {
	t.Helper()
	return len(body(t, ask(h, path, "Accept-Encoding", "gzip")))
}

func TestAllOfTheClientCanBeMadeSmall(t *testing.T) {
	err := fs.WalkDir(web.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := fs.ReadFile(web.Files, name)
		if err != nil {
			return err
		}
		small, err := pages.MinifiedOrWhy(name, source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, kept := range []string{"\n  ", "@typedef", "/*"} {
			if path.Ext(name) != ".html" && strings.Contains(string(small), kept) {
				t.Errorf("%s has %q still", name, kept)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkMakingTheClientReady(b *testing.B) {
	for b.Loop() {
		pages.New(web.Files)
	}
}
