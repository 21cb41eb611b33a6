package browser_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

func TestThePageNamesAllThatItLoads(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	response, err := http.Get(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	loaded := ann.eval(`performance.getEntriesByType("resource").map((r) => new URL(r.name).pathname.slice(1)).join(" ")`)
	for name := range strings.FieldsSeq(loaded) {
		if strings.HasSuffix(name, "/js/words/en.js") {
			continue // only the browser knows its language
		}
		if !strings.Contains(string(page), name) {
			t.Errorf("%s is loaded, and not from the beginning", name)
		}
	}
	// All that the page names is used: the browser warns of what was loaded beforehand in vain.
	if !strings.Contains(loaded, "js/main.js") || strings.Count(loaded, "/css/") < 2 {
		t.Errorf("it has loaded %s", loaded)
	}
	// The second time nothing comes over the network but the page.
	ann.run(chromedp.Reload())
	ann.connected()
	if sent := ann.eval(`performance.getEntriesByType("resource").filter((r) => r.transferSize > 0).map((r) => r.name).join(" ")`); sent != "" {
		t.Errorf("it was sent again: %s", sent)
	}
}
