package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/chromedp/chromedp"

	"chorus/internal/server"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// An office whose proxy lets no WebSocket through, before two nodes without sticky sessions, of which one is
// lost: Ann is told what she gets, and misses nothing.
func TestBehindAProxyThatRefusesWebSocketsThePageGoesByEvents(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	nodes := map[string]*node.Node{}
	ways := map[string]*testbed.Proxy{}
	var urls []string
	for _, name := range []string{"node-1", "node-2"} {
		nodes[name] = node.Start(t, redis, node.Named(name))
		ways[name] = testbed.StartProxy(t, nodes[name].Server.Addr())
		urls = append(urls, "http://"+ways[name].Addr())
	}
	office := testbed.StartGateway(t, urls...)
	ann := b.open(office.URL, 800, 600)
	ann.expectLost()
	ann.enter("Ann")
	ann.wantByEvents()
	ann.accessible("a page that goes by events")

	hers, other := "node-1", "node-2"
	if strings.Contains(ann.eval(`document.querySelector('[data-testid="node"]').textContent`), other) {
		hers, other = other, hers
	}
	bob := b.open(nodes[other].URL, 800, 600)
	bob.enter("Bob")
	var said []string
	say := func(who *tab, name, text string) {
		who.say(text)
		said = append(said, name+": "+text)
		ann.wantTexts(strings.ReplaceAll(strings.Join(said, "\n"), "Ann:", "me:"))
	}
	for i := range 3 { // by either node in turn
		say(ann, "Ann", fmt.Sprint("mine ", i))
		say(bob, "Bob", fmt.Sprint("his ", i))
	}

	ann.expect("502")
	ann.expect("410")              // a post that was on its way to the stream that ends here
	ways[hers].Lead("127.0.0.1:1") // where nobody listens
	ways[hers].Cut()
	say(bob, "Bob", "meanwhile")
	ann.servedBy(other)
	say(ann, "Ann", "and on")
	bob.wantTexts(strings.ReplaceAll(strings.Join(said, "\n"), "Bob:", "me:"))

	// The tab has learned what works here.
	before := office.Upgrades()
	ways[hers].Lead(nodes[other].Server.Addr())
	ann.run(chromedp.Reload())
	ann.connected()
	ann.wantByEvents()
	ann.wantTexts(strings.ReplaceAll(strings.Join(said, "\n"), "Ann:", "me:"))
	if got := office.Upgrades(); got != before {
		t.Errorf("a page that knows better has tried %d WebSockets", got-before)
	}
}

func (tab *tab) wantByEvents() {
	tab.t.Helper()
	tab.until("the page says what carries it", `document.querySelector('[data-testid="status-text"]').textContent === "Connected, by event stream"`)
}

// What the node allows a page from elsewhere, it allows by events as well.
func TestAPageFromElsewhereGoesByEventsToo(t *testing.T) {
	b := startBrowser(t)
	var office *testbed.Gateway
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><script type="module">
			import { Chorus } from "%s/lib/chorus.js";
			globalThis.chorus = new Chorus({ name: "Visitor" });
			chorus.join("lobby").send("hello");
			chorus.start();
		</script>`, office.URL)
	}))
	t.Cleanup(page.Close)
	n := node.Start(t, func(c *server.Config) { c.Origins = []string{page.URL} })
	office = testbed.StartGateway(t, n.URL)
	bob := n.Join(t, "Bob", "lobby")
	visitor := b.open(page.URL, 400, 300)
	visitor.expectLost()
	testbed.Eventually(t, 20*time.Second, "Bob is greeted", func() bool { return bob.Last("lobby").Seq == 1 })
	if got := visitor.eval("chorus.transport"); got != "events" {
		t.Errorf("it goes by %s", got)
	}
}
