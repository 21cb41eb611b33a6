package browser_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/chromedp/chromedp"

	"chorus/internal/server"
	"chorus/tests/node"
	"chorus/tests/testbed"
	"chorus/web"
)

const (
	// unshown is how many own messages are not in the log yet, pending how many of them are to be sent.
	unshown = `document.querySelectorAll('[data-testid="outbox"] [data-testid="message"]').length`
	pending = `document.querySelectorAll('[data-testid="outbox"] [data-state="pending"]').length`
)

// expectLost allows what Chromium itself reports of attempts that fail, by WebSockets and by events, and of an icon
// that it asks for again.
func (tab *tab) expectLost() {
	for _, part := range []string{"WebSocket connection to", "ERR_CONNECTION_", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING"} {
		tab.expect(part)
	}
}

func TestALostConnectionIsSaidAndComesBackByItself(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	n := node.Start(t, redis)
	addr := n.Server.Addr()
	ann := b.open(n.URL, 800, 600)
	ann.expectLost()
	ann.enter("Ann")
	ann.say("before")
	ann.wantTexts("me: before")

	n.Stop()
	ann.disconnected()
	ann.until("in words", `/lost|trying/i.test(document.querySelector('[data-testid="status-text"]').textContent)`)
	ann.say("in between")
	ann.until("the message waits", pending+" === 1")
	ann.screenshot("lost.png")

	node.Start(t, redis, func(c *server.Config) { c.Addr = addr })
	ann.connected()
	ann.wantTexts("me: before\nme: in between")
	ann.until("nothing waits", unshown+" === 0")
}

func TestAPageThatNeverGetsAConnectionSaysWhereToLook(t *testing.T) {
	b := startBrowser(t)
	page := httptest.NewServer(http.FileServerFS(web.Files)) // and no node
	t.Cleanup(page.Close)
	ann := b.open(page.URL, 800, 600)
	ann.expectLost()
	ann.expect("404")
	ann.answerName("Ann")
	ann.until("the page says where to look", `/^Can't connect\..* log\.$/.test(document.querySelector('[data-testid="status-text"]').textContent)`)
	ann.screenshot("never.png")
}

func TestWhatWaitsIsSentFromAnotherRoom(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	n := node.Start(t, redis)
	addr := n.Server.Addr()
	ann := b.open(n.URL+"/#tea-room", 800, 600)
	ann.expectLost()
	ann.enter("Ann")
	ann.write("on its ")
	n.Stop()
	ann.disconnected()
	ann.say("way")
	ann.until("the message waits", pending+" === 1")
	ann.goTo("Attic")
	ann.until("it does not wait here", unshown+" === 0")
	ann.until("but the page says that it waits", `/ 1 message waits to be sent\.$/.test(document.querySelector('[data-testid="status-text"]').textContent)`)
	ann.screenshot("waits.png")

	n = node.Start(t, redis, func(c *server.Config) { c.Addr = addr })
	bob := n.Join(t, "Bob", "tea-room")
	testbed.Eventually(t, 20*time.Second, "Bob is shown it", func() bool { return bob.Last("tea-room").Seq == 1 })
	ann.until("Ann is in the attic", `location.hash === "#attic"`)
	ann.wantTexts("")
	ann.goTo("Tea-Room")
	ann.wantTexts("me: on its way")
	ann.until("nothing waits", unshown+" === 0")
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
	ann.until("the message waits", pending+" === 1")
	ann.run(chromedp.Reload())
	redis.Resume()
	ann.connected()
	ann.wantTexts("me: stored\nme: on its way")
}

// The connection is there, and the database is not: people are told, and nothing is lost.
func TestADatabaseThatIsAwayIsSaid(t *testing.T) {
	b := startBrowser(t)
	redis := testbed.StartRedis(t)
	n := node.Start(t, node.Redis(redis.URL()))
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.say("before")
	ann.wantTexts("me: before")
	redis.Kill()
	ann.say("meanwhile")
	ann.until("the page says what is wrong", `document.querySelector('[data-testid="status"]').dataset.state === "troubled" &&
		/database/.test(document.querySelector('[data-testid="status-text"]').textContent)`)
	ann.screenshot("troubled.png")
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	ann.wantTexts("me: before\nme: meanwhile")
	ann.connected()
}

// Where nobody is let in without a token of a product, the page says so.
func TestWithoutGuestsThePageSaysWhomItIsFor(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t, func(c *server.Config) {
		c.Auth.Guests, c.Auth.JWTSecret = false, "the secret of the product, which is long enough"
	})
	ann := b.open(n.URL, 800, 600)
	ann.run(
		chromedp.WaitVisible(hook("name-input")),
		chromedp.SendKeys(hook("name-input"), "Ann"),
		click(hook("name-submit")),
	)
	ann.until("the page says whom it is for", `/only people with a token/.test(document.querySelector('[data-testid="status-text"]').textContent)`)
}
