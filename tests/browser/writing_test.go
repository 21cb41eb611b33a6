package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

const draft = `document.querySelector('[data-testid="composer-text"]').value`

func TestADraftWaitsInItsRoomHoweverThatIsWritten(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL+"/#Tea-Room", 800, 600)
	ann.enter("Ann")
	ann.write("half a thought")
	ann.goTo("attic")
	ann.until("it is not written here", draft+` === ""`)
	ann.goTo("TEA-room")
	ann.until("it is written here still", draft+` === "half a thought"`)
	ann.until("the address is the node's", `location.hash === "#tea-room"`)
	ann.say(", and the rest")
	ann.wantTexts("me: half a thought, and the rest")
	ann.goTo("attic")
	ann.goTo("Tea-Room")
	ann.wantTexts("me: half a thought, and the rest")
	if got := ann.eval(draft); got != "" {
		t.Errorf("what was sent is written again: %q", got)
	}
}

func TestWhatIsTooLongIsInvalid(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL, 800, 600)
	invalid := func(name string) string {
		return `document.querySelector('` + hook(name) + `').getAttribute("aria-invalid")`
	}
	ann.until("no name is no wrong name", invalid("name-input")+` === "false"`)
	ann.answerName(strings.Repeat("x", 41))
	ann.until("the name is refused", invalid("name-input")+` === "true"`)
	ann.answerName("Ann") // in place of the other, which is selected
	ann.connected()

	const color = `getComputedStyle(document.querySelector('[data-testid="composer-text"]')).borderTopColor`
	write := func(text string) {
		ann.eval(`((e) => { e.value = ` + text + `; e.dispatchEvent(new Event("input")) })(document.querySelector('[data-testid="composer-text"]'))`)
	}
	write(`"x".repeat(4000)`)
	if got := ann.eval(invalid("composer-text")); got != "false" {
		t.Errorf("invalid is what is as long as it may be: %s", got)
	}
	valid := ann.eval(color)
	write(`"x".repeat(4001)`)
	if got := ann.eval(invalid("composer-text")); got != "true" {
		t.Errorf("invalid is what is too long: %s", got)
	}
	if got := ann.eval(color); got == valid {
		t.Errorf("what is too long looks like what is not: %s", got)
	}
}

func TestTheFocusStaysWhereOneWrites(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	// As a tab leaves them that was closed while sending, long ago.
	ann.eval(`["one", "two"].forEach((text, at) => localStorage.setItem("chorus.outbox:lobby:" + text,
		JSON.stringify({key: text, text, at, tried: 1, user: "somebody", state: "pending"})))`)
	ann.run(chromedp.Reload())
	ann.connected()
	const (
		failed  = `document.querySelectorAll('[data-testid="outbox"] [data-state="failed"]').length`
		focused = `document.activeElement.dataset.testid === "composer-text"`
	)
	ann.until("both are in doubt", failed+" === 2")
	ann.run(click(hook("retry")))
	ann.until("one can go on writing", focused)
	ann.wantTexts("me: one")
	ann.until("it is not on its way any more", unshown+" === 1")
	ann.eval(`document.activeElement.blur()`)
	ann.run(click(hook("discard")))
	ann.until("one can go on writing", focused)
	ann.until("it is discarded", unshown+" === 0")
}

func TestWhatWasRefusedIsNotLost(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.say("hello")
	ann.wantTexts("me: hello")
	// As it is when somebody changes something in a log that another one has taken the place of.
	ann.eval(`["edit", "delete"].forEach((verb, at) => localStorage.setItem("chorus.outbox:lobby:" + verb + "-it-please-now",
		JSON.stringify({key: verb + "-it-please-now", verb, text: verb === "edit" ? "better" : "", of: {seq: 1, id: "another"}, at, tried: 0, user: "", state: "pending"})))`)
	ann.run(chromedp.Reload())
	ann.connected()
	const reason = `document.querySelector('[data-testid="reason"]')?.textContent`
	ann.until("Ann sees that the edit was not made", reason+`?.startsWith("This edit was not made: ")`)
	ann.until("and that nothing was deleted", `document.querySelector('[data-testid="note"]').textContent.startsWith("The message was not deleted: ")`)
	ann.run(click(hook("edit")))
	ann.until("she has the text again", draft+` === "better" && `+unshown+" === 0")
	ann.wantTexts("me: hello")
	ann.eval(`localStorage.setItem("chorus.outbox:lobby:answer-it-please-now", JSON.stringify({key: "answer-it-please-now", verb: "send", text: "Yes.",
		reply: {seq: 1, id: "another", user: {id: "bob", name: "Bob"}, text: "Tea?"}, at: 2, tried: 0, user: "", state: "pending"}))`)
	ann.run(chromedp.Reload(), click(hook("edit")))
	ann.until("it still answers Bob", draft+` === "better\nYes." && document.querySelector('[data-testid="subject"]')?.innerText.includes("Answering Bob")`)
}
