package browser_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"

	"chorus/internal/server"
	"chorus/tests/node"
)

func TestTwoTabsOfOneBrowserAreOnePerson(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	n := node.Start(t, redis)
	addr := n.Server.Addr()
	const name = `document.querySelector('[data-testid="me"] .my-name').textContent`
	one := b.open(n.URL, 800, 600)
	one.enter("Ann")
	two := one.another(n.URL, 800, 600)
	two.connected()
	if got := two.eval(name); got != "Ann" {
		t.Errorf("the second tab is %q", got)
	}
	one.say("from the one")
	two.wantTexts("me: from the one")

	two.run(click(hook("me")))
	two.answerName("Anna")
	two.until("she has another name there", name+` === "Anna"`)
	if got := one.eval(name); got != "Ann" {
		t.Errorf("the first tab is %q before it connects again", got)
	}
	one.expectLost()
	two.expectLost()
	n.Stop()
	one.disconnected()
	two.disconnected()
	node.Start(t, redis, func(c *server.Config) { c.Addr = addr })
	one.connected()
	two.connected()
	for which, tab := range map[string]*tab{"first": one, "second": two} {
		if got := tab.eval(name); got != "Anna" {
			t.Errorf("connected again, the %s tab is %q", which, got)
		}
	}
	two.say("from the other")
	one.wantTexts("me: from the one\nme: from the other")
	two.wantTexts("me: from the one\nme: from the other")
}
