// Package browser_test uses the page as people do, in a headless Chromium.
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
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func TestTwoPeopleOnTwoNodesTalk(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	one, two := node.Start(t, redis, node.Named("node-1")), node.Start(t, redis, node.Named("node-2"))

	ann := b.open(one.URL+"/#Tea-Room", 1000, 640)
	ann.enter("Ann")
	bob := b.open(two.URL+"/#tea-room", 1000, 640)
	bob.enter("Bob")
	for tab, want := range map[*tab]string{ann: "node-1", bob: "node-2"} {
		if got := tab.eval(`document.querySelector('[data-testid="node"]').textContent`); !strings.Contains(got, want) {
			t.Errorf("served by %s, the page says %q", want, got)
		}
	}

	ann.say("Anybody here for tea?")
	bob.wantTexts("Ann: Anybody here for tea?")
	bob.say("Me! 两杯,谢谢 🎵")
	bob.say("One with milk, please.")
	ann.wantTexts("me: Anybody here for tea?\nBob: Me! 两杯,谢谢 🎵\nBob: One with milk, please.")
	bob.wantTexts("Ann: Anybody here for tea?\nme: Me! 两杯,谢谢 🎵\nme: One with milk, please.")
	if got := ann.eval("document.title"); got != "#tea-room · Chorus" {
		t.Errorf("the title is %q", got)
	}
	if got := ann.eval(`document.querySelectorAll('[data-testid="outbox"] [data-testid="message"]').length`); got != "0" {
		t.Errorf("%s messages are still on their way", got)
	}

	// History is there for who comes later, and one's own messages are still one's own.
	ann.run(chromedp.Reload())
	ann.connected()
	ann.wantTexts("me: Anybody here for tea?\nBob: Me! 两杯,谢谢 🎵\nBob: One with milk, please.")

	// Another room is another conversation.
	ann.goTo("empty")
	ann.wantTexts("")
}

func TestHostileTextsAreOnlyText(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	const evil = `<script>document.title="owned"</script><img src=x onerror='document.title="owned"'><b>bold</b>&amp;`
	bob := n.Join(t, `<img src=x onerror=alert(1)>`, "lobby")
	if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), evil); err != nil {
		t.Fatal(err)
	}
	ann := b.open(n.URL, 800, 600)
	ann.enter(`<script>alert(1)</script>`)
	ann.wantTexts("<img src=x onerror=alert(1)>: " + evil)
	ann.say(evil)
	ann.wantTexts("<img src=x onerror=alert(1)>: " + evil + "\nme: " + evil)
	if got := ann.eval(`document.title + document.querySelectorAll("main script, main img, main b").length`); got != "#lobby · Chorus0" {
		t.Errorf("the texts became part of the page: %s", got)
	}
	// What would be a hole in the page is refused by its policy.
	if got := ann.eval(`(() => { try { document.body.innerHTML = "x" } catch (e) { return e.name } })()`); got != "TypeError" {
		t.Errorf("setting innerHTML: %s", got)
	}
	ann.expect("requires 'TrustedHTML' assignment")
	ann.expect("Content Security Policy")
}

// The oldest client there is for this kind of service: it asks for no subprotocol, sends strings
// and prints what arrives.
func TestTheOldestClientWorksUnmodified(t *testing.T) {
	b := startBrowser(t)
	var target string
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><form><input id="msg"></form><pre id="log"></pre>
<script>
  var conn = new WebSocket("ws://%s/ws");
  conn.onmessage = function (evt) {
    document.getElementById("log").append(evt.data + "\n");
  };
  document.forms[0].onsubmit = function () {
    conn.send(document.getElementById("msg").value);
    document.getElementById("msg").value = "";
    return false;
  };
</script>`, target)
	}))
	t.Cleanup(page.Close)
	n := node.Start(t, func(c *server.Config) { c.Origins = []string{page.URL} })
	target = n.Server.Addr()
	old := b.open(page.URL, 800, 600)
	bob := n.Join(t, "Bob", "lobby")
	old.until("it is connected", "conn.readyState === 1")
	old.run(chromedp.SendKeys("#msg", "hello\r"))
	old.until("it prints its own message", `document.getElementById("log").textContent === "hello\n"`)
	testbed.Eventually(t, 10*time.Second, "Bob is shown it", func() bool { return bob.Last("lobby").Seq == 1 })
	if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), "hi there"); err != nil {
		t.Fatal(err)
	}
	old.until("it prints Bob's", `document.getElementById("log").textContent === "hello\nhi there\n"`)
}
