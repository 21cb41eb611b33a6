package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

// Two people in two browsers: one sees that the other is writing, and then what.
func TestOneSeesThatAnotherIsWriting(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann, bob := b.open(n.URL, 800, 600), b.open(n.URL, 800, 600)
	ann.enter("Ann")
	bob.enter("Bob")
	const line = `document.querySelector('[data-testid="typing"]').textContent`
	ann.run(chromedp.SendKeys(hook("composer-text"), "Tea, an"))
	bob.until("Bob sees that Ann is writing", line+` === "Ann is writing …"`)
	if got := ann.eval(line); got != "" {
		t.Errorf("Ann is told %q", got)
	}
	ann.say("ybody?")
	bob.wantTexts("Ann: Tea, anybody?")
	bob.until("she has stopped", line+` === ""`)
}
