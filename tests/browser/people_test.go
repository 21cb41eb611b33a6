package browser_test

import (
	"testing"

	"chorus/tests/node"
)

// Two people see each other in the lobby, and go on alone; the third one learns nothing of it.
func TestTwoPeopleGoOnAlone(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann, bob, eve := b.open(n.URL, 800, 600), b.open(n.URL, 800, 600), b.open(n.URL, 800, 600)
	ann.enter("Ann")
	bob.enter("Bob")
	eve.enter("Eve")
	const here = `[...document.querySelectorAll('[data-testid="here"] .name')].map((e) => e.textContent).join()`
	for _, tab := range []*tab{ann, bob, eve} {
		tab.until("all three see each other", here+` === "Ann,Bob,Eve"`)
		tab.until("and how many they are", `document.querySelector('[data-testid="people-count"]').textContent === "3 here"`)
	}
	ann.run(click(hook("people-button")), click(hook("here")+` li:nth-child(2) button`), click(hook("person-write")))
	ann.until("Ann is alone with Bob", `document.title === "Bob · Chorus"`)
	ann.say("A word with you?")
	const unread = `document.querySelector('[data-testid="direct"] .unread')?.textContent`
	bob.until("Bob is told", unread+` === "1 unread" && document.title === "(1) #lobby · Chorus"`)
	bob.screenshot("people.png")
	bob.run(click(hook("direct") + ` li:nth-child(1) a`))
	bob.wantTexts("Ann: A word with you?")
	bob.until("it is not unread any more", `document.querySelector('[data-testid="direct"] [data-testid="badge"]').hidden`)
	ann.until("Ann sees that he has read it", `document.querySelector('[data-testid="seen"]').textContent === "Read"`)
	bob.say("Yes.")
	ann.wantTexts("me: A word with you?\nBob: Yes.")
	ann.screenshot("direct.png")
	if got := eve.eval(`"" + document.querySelector('[data-testid="direct"]').children.length`); got != "0" {
		t.Errorf("Eve is told of %s conversations", got)
	}
}
