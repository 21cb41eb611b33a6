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
	"github.com/chromedp/cdproto/emulation"
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
	ann.eval(`location.hash = "#empty"`)
	ann.until("Ann is in the other room", `document.title === "#empty · Chorus"`)
	ann.wantTexts("")
}

func TestTheScrollRule(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	say := func(text string) {
		t.Helper()
		if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), text); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 120 {
		say(fmt.Sprint("message ", i+1))
	}
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	const atBottom = `(({scrollHeight, scrollTop, clientHeight}) => scrollHeight - scrollTop - clientHeight < 2)(document.getElementById("scroller"))`
	shows := func(text string) string {
		return `[...document.querySelectorAll('[data-testid="log"] [data-testid="text"]')].some((e) => e.textContent === "` + text + `")`
	}
	ann.until("the history is there", shows("message 120"))
	ann.until("the page is at the bottom", atBottom)
	say("and one more")
	ann.until("it is shown", shows("and one more"))
	ann.until("the page is still at the bottom", atBottom)

	// Scrolled up, the place stays, and a button counts what is new.
	ann.eval(`document.getElementById("scroller").scrollTop = 300`)
	ann.until("earlier messages were loaded above, or there are enough", `document.getElementById("scroller").scrollTop >= 300`)
	first := `[...document.querySelectorAll('[data-testid="log"] [data-testid="message"]')].find((m) => m.getBoundingClientRect().bottom > 150).querySelector('[data-testid="text"]').textContent`
	reading := ann.eval(first)
	for i := range 3 {
		say(fmt.Sprint("news ", i+1))
	}
	ann.until("the button counts three", `document.querySelector('[data-testid="new-messages"]').dataset.count === "3"`)
	// The page puts the place right before it paints; a script may look a moment earlier.
	ann.until("the reading place is where it was", first+` === "`+reading+`"`)
	ann.run(chromedp.Click(hook("new-messages")))
	ann.until("the button leads to the bottom", atBottom)
	ann.until("the button is gone", `document.querySelector('[data-testid="new-messages"]').hidden`)

	// Reading back, one gets to the beginning.
	for range 10 {
		ann.eval(`document.getElementById("scroller").scrollTop = 0`)
		if ann.eval(shows("message 1")) == "true" {
			break
		}
		time.Sleep(50 * time.Millisecond) // a person needs a moment as well
	}
	ann.until("the beginning is shown", shows("message 1"))
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

func TestALostConnectionIsSaidAndComesBackByItself(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	n := node.Start(t, redis)
	addr := n.Server.Addr()
	ann := b.open(n.URL, 800, 600)
	ann.expect("WebSocket connection to") // Chromium itself reports failed attempts
	ann.enter("Ann")
	ann.say("before")
	ann.wantTexts("me: before")

	n.Stop()
	ann.until("the page says that it is not connected", `document.querySelector('[data-testid="status"]').dataset.state !== "open"`)
	ann.until("in words", `/lost|trying/i.test(document.querySelector('[data-testid="status-text"]').textContent)`)
	ann.say("in between")
	ann.until("the message waits", `document.querySelectorAll('[data-testid="outbox"] [data-state="pending"]').length === 1`)
	ann.screenshot("lost.png")

	node.Start(t, redis, func(c *server.Config) { c.Addr = addr })
	ann.connected()
	ann.wantTexts("me: before\nme: in between")
	ann.until("nothing waits", `document.querySelectorAll('[data-testid="outbox"] [data-testid="message"]').length === 0`)
}

func TestAReloadInTheMiddleOfASendLosesNothing(t *testing.T) {
	b := startBrowser(t)
	redis := testbed.StartRedis(t)
	n := node.Start(t, node.Redis(redis.URL()))
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.say("stored")
	ann.wantTexts("me: stored")
	redis.Pause()
	ann.say("on its way")
	ann.until("the message waits", `document.querySelectorAll('[data-testid="outbox"] [data-state="pending"]').length === 1`)
	ann.run(chromedp.Reload())
	redis.Resume()
	ann.connected()
	ann.wantTexts("me: stored\nme: on its way")
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

// TestPictures makes the pictures of the README: set CHORUS_SCREENSHOTS to a directory.
func TestPictures(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t, node.Named("node-1"))
	ann := b.open(n.URL+"/#tea-room", 1000, 620)
	ann.enter("Ann")
	people := map[string]*client.Client{}
	for _, line := range []string{
		"Bob: Morning! Did the roll-out go well?",
		"Ann: All three nodes, one after the other.",
		"Ann: Nobody lost a word.",
		"Mei: 太好了!",
		"Bob: I pulled the plug on node-2 in the middle of it. My tab said “Connection lost”, came back on node-3, and sent what I had typed meanwhile. Once.",
		"Mei: That is the whole point, isn't it?",
		"Ann: It is. Tea?",
	} {
		who, text, _ := strings.Cut(line, ": ")
		if who == "Ann" {
			ann.say(text)
			ann.until("it is in the log", `!document.querySelector('[data-testid="outbox"] [data-testid="message"]')`)
			continue
		}
		if people[who] == nil {
			people[who] = n.Join(t, who, "tea-room")
		}
		if _, err := people[who].Send(t.Context(), "tea-room", client.NewKey(), text); err != nil {
			t.Fatal(err)
		}
	}
	ann.until("all is shown", `document.querySelectorAll('[data-testid="log"] [data-testid="message"]').length === 7`)
	ann.screenshot("page.png")
	_, err := chromedp.Call(ann.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann.screenshot("page-dark.png")
	ann.run(chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile))
	ann.screenshot("page-phone.png")
	if got := ann.eval("document.documentElement.scrollWidth <= innerWidth"); got != "true" {
		t.Error("on a phone the page is wider than the screen")
	}
}
