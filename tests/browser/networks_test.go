package browser_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/chromedp/chromedp"

	"chorus/tests/node"
	"chorus/tests/testbed"
)

// A deploy in the middle of a sentence: Ann does not notice, and nobody else does.
func TestANodeIsReplacedWhileSomebodyIsTyping(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	one, two := node.Start(t, redis, node.Named("node-1")), node.Start(t, redis, node.Named("node-2"))
	front := testbed.StartProxy(t, one.Server.Addr())
	ann := b.open("http://"+front.Addr(), 800, 600)
	ann.enter("Ann")
	ann.say("before")
	bob := b.open(two.URL, 800, 600)
	bob.enter("Bob")
	bob.wantTexts("Ann: before")

	ann.write("half a sentence")
	ann.servedBy("node-1")
	front.Lead(two.Server.Addr())
	one.Stop()
	ann.servedBy("node-2")
	bob.say("meanwhile")
	ann.wantTexts("me: before\nBob: meanwhile")
	if got := ann.eval(draft); got != "half a sentence" {
		t.Errorf("of what was being written there is %q", got)
	}
	ann.run(chromedp.SendKeys(hook("composer-text"), ", and"))
	bob.until("Bob sees that she is writing", `document.querySelector('[data-testid="typing"]').textContent === "Ann is writing …"`)
	ann.say(" the rest")
	bob.wantTexts("Ann: before\nme: meanwhile\nAnn: half a sentence, and the rest")
	if got := bob.eval(`[...document.querySelectorAll('[data-testid="log"] [data-act]')].length`); got != "0" {
		t.Errorf("Bob is shown %s entries about it", got)
	}
}

// A laptop is closed, and opened in another place: the connection is dead, but nothing has said so.
func TestALaptopThatSleptGoesOnWhereItWas(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	network := testbed.StartProxy(t, n.Server.Addr())
	ann := b.open("http://"+network.Addr(), 800, 600)
	ann.expectLost()
	ann.enter("Ann")
	ann.say("good night")
	ann.wantTexts("me: good night")

	network.Silence(true)
	bob := b.open(n.URL, 800, 600)
	bob.enter("Bob")
	for _, text := range []string{"while", "she", "sleeps"} {
		bob.say(text)
	}
	bob.wantTexts("Ann: good night\nme: while\nme: she\nme: sleeps")
	ann.write("good ")
	ann.eval(`document.dispatchEvent(new Event("visibilitychange"))`) // as when it is opened
	ann.disconnected()
	network.Silence(false)
	network.Cut()
	ann.eval(`dispatchEvent(new Event("online"))`)
	ann.wantTexts("me: good night\nBob: while\nBob: she\nBob: sleeps")
	ann.say("morning")
	bob.wantTexts("Ann: good night\nme: while\nme: she\nme: sleeps\nAnn: good morning")
}

// servedBy waits for a node to serve the page.
func (tab *tab) servedBy(node string) {
	tab.t.Helper()
	tab.until(node+" serves the page", `document.querySelector('[data-testid="node"]').textContent.includes("`+node+`")`)
}
