package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// The example of the library's documentation, word for word but for the node's address, on a page that
// comes from elsewhere.
func TestARoomInAnyPage(t *testing.T) {
	b := startBrowser(t)
	documentation, err := os.ReadFile("../../docs/client.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```html\n(.*?)```").FindSubmatch(documentation)
	if example == nil {
		t.Fatal("docs/client.md has no example")
	}
	var origin string
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(strings.ReplaceAll(string(example[1]), "http://localhost:8080", origin)))
	}))
	t.Cleanup(page.Close)
	n := node.Start(t, func(c *server.Config) { c.Origins = []string{page.URL} })
	origin = n.URL
	bob := n.Join(t, "Bob", "lobby")
	first, err := bob.Send(t.Context(), "lobby", client.NewKey(), "Is anybody here?")
	if err != nil {
		t.Fatal(err)
	}

	visitor := b.open(page.URL, 800, 600)
	const shown = `[...document.querySelectorAll("#messages li")].map((item) => item.textContent).join("\n")`
	visitor.until("what was said before is shown", shown+` === "Bob: Is anybody here?"`)
	visitor.run(chromedp.SendKeys("#text", "I am <b>here</b>\r"))
	visitor.until("what is said is shown as text", shown+` === "Bob: Is anybody here?\nVisitor: I am <b>here</b>"`)
	testbed.Eventually(t, 10*time.Second, "Bob is shown it", func() bool { return bob.Last("lobby").Seq == 2 })
	if _, err := bob.Change(t.Context(), "edit", "lobby", client.NewKey(), first, "Hello!"); err != nil {
		t.Fatal(err)
	}
	visitor.until("what was edited is shown so", shown+`.startsWith("Bob: Hello!\n")`)
}
