package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
)

// saying selects the message in the log with a text.
func saying(text string) string {
	return `[...document.querySelectorAll('[data-testid="log"] [data-testid="message"]')].find((m) => m.querySelector('[data-testid="text"]').textContent === "` + text + `")`
}

func TestTwoPeopleReactReplyEditAndDelete(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	bob := b.open(n.URL, 800, 600)
	bob.enter("Bob")
	ann.say("Tea at foru?")
	ann.say("never mind")

	bob.pointAt("Tea at foru?")
	if got := bob.eval(`document.querySelectorAll('[data-testid="edit-message"], [data-testid="delete"]').length`); got != "0" {
		t.Error("Bob may change what Ann said")
	}
	bob.screenshot("toolbar.png")
	bob.use("quick", "Tea at foru?")
	const reaction = `document.querySelector('[data-testid="reaction"]')`
	ann.until("Ann sees who reacts", reaction+`?.title === "Bob"`)
	ann.run(click(hook("reaction")))
	bob.until("Bob sees both", reaction+`?.ariaLabel === "👍 2: Bob and Ann" || `+reaction+`?.ariaLabel === "👍 2: you and Ann"`)
	ann.until("it is Ann's as well", reaction+`.ariaPressed === "true"`)
	ann.run(click(hook("reaction")))
	bob.until("Ann has taken hers away", reaction+`.textContent === "👍 1"`)

	bob.eval(`navigator.clipboard.writeText = (text) => Promise.resolve(window.copied = text)`)
	bob.use("copy", "Tea at foru?")
	bob.until("it is copied, which is said", `window.copied === "Tea at foru?" && document.querySelector('[data-testid="note"]').textContent === "The text is copied."`)
	bob.use("pick", "Tea at foru?")
	bob.run(click(`[data-testid="emoji"][value="🍵"]`))
	ann.until("Ann sees the other one", `document.querySelectorAll('[data-testid="reaction"]').length === 2`)

	bob.use("reply", "Tea at foru?")
	bob.until("Bob can write", `document.activeElement.dataset.testid === "composer-text"`)
	bob.say("Yes!")
	ann.until("Ann sees what is answered", `[...document.querySelectorAll('[data-testid="quote"]:not([hidden])')].map((q) => q.textContent).join() === "Ann Tea at foru?"`)

	ann.use("edit-message", "Tea at foru?")
	ann.until("the text can be changed", draft+` === "Tea at foru?"`)
	ann.eval(draft + ` = ""`)
	ann.say("Tea at four?")
	bob.until("Bob sees the new text", shows("Tea at four?"))
	bob.until("and in his quote", `document.querySelector('[data-testid="quote"]:not([hidden])').textContent === "Ann Tea at four?"`)

	// Deleting is asked about, and the keyboard is enough for it.
	ann.run(chromedp.Focus(hook("composer-text")))
	ann.eval(saying("Yes!") + `.querySelector('[data-testid="more"]').focus({focusVisible: true})`)
	ann.until("the toolbar is shown", saying("Yes!")+`.querySelector('`+hook("toolbar")+`') !== null`)
	ann.key("ArrowUp", arrowUp)
	ann.until("the arrow leads to the message before", saying("never mind")+`.contains(document.activeElement) && `+saying("never mind")+`.querySelector('`+hook("toolbar")+`') !== null`)
	ann.press(input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13})
	ann.until("the focus is in the toolbar", `document.activeElement.dataset.testid === "quick"`)
	ann.key("Escape", escape)
	ann.until("it is back where it was", `document.activeElement.dataset.testid === "more"`)
	ann.key("Escape", escape)
	ann.until("the toolbar is gone", `!document.querySelector('`+hook("toolbar")+`')`)
	ann.use("delete", "never mind")
	ann.run(click(hook("delete-cancel")))
	ann.until("the question is gone", `!document.querySelector("dialog[open]")`)
	ann.use("delete", "never mind")
	ann.until("the next key deletes it", `document.activeElement.dataset.testid === "delete-confirm"`)
	ann.press(input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13})
	bob.wantTexts("Ann: Tea at four?\nAnn: This message was deleted.\nme: Yes!")
	ann.wantTexts("me: Tea at four?\nme: This message was deleted.\nBob: Yes!")

	// What was begun in one room does not end in another.
	ann.use("edit-message", "Tea at four?")
	ann.goTo("attic")
	ann.say("hello attic")
	ann.wantTexts("me: hello attic")
}

func TestAQuoteLeadsToWhatIsQuoted(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	first, err := bob.Send(t.Context(), "lobby", client.NewKey(), "the first")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), fmt.Sprint("message ", i+2)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bob.Reply(t.Context(), "lobby", client.NewKey(), first, "as I said"); err != nil {
		t.Fatal(err)
	}
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.until("the answer is shown", shows("as I said")+" && "+atBottom)
	if got := ann.eval(shows("the first")); got != "false" {
		t.Error("what is quoted is there before it was loaded")
	}
	ann.run(click(`[data-testid="quote"]:not([hidden])`))
	ann.until("what is quoted is loaded, and in sight", shows("the first")+` && (({top, bottom}) => top >= 0 && bottom <= innerHeight)(`+saying("the first")+`.getBoundingClientRect())`)
	ann.until("the keyboard goes on from there", saying("the first")+`.contains(document.activeElement)`)
	ann.run(click(hook("new-messages")))
	ann.until("the button leads back", shows("as I said")+" && "+atBottom)
}

// tap touches the screen where an element is.
func (tab *tab) tap(element string) {
	tab.t.Helper()
	var x, y float64
	if _, err := fmt.Sscan(tab.eval(`(({x, y, width, height}) => (x + width / 2) + " " + (y + height / 2))(`+element+`.getBoundingClientRect())`), &x, &y); err != nil {
		tab.t.Fatal(err)
	}
	for _, event := range []input.DispatchTouchEventParams{
		{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}},
		{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}},
	} {
		if _, err := chromedp.Call(tab.ctx, input.DispatchTouchEvent, event); err != nil {
			tab.t.Fatal(err)
		}
	}
}

func TestOnATouchScreenAButtonOpensTheToolbar(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	say := talker(t, n)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.run(chromedp.EmulateViewport(320, 640, chromedp.EmulateMobile, chromedp.EmulateTouch))
	say("hello")
	ann.until("it is shown", shows("hello"))
	ann.tap(saying("hello") + `.querySelector('` + hook("more") + `')`)
	ann.until("the toolbar is shown, and fits", `(({left, right}) => left >= 0 && right <= innerWidth)(document.querySelector('`+hook("toolbar")+`')?.getBoundingClientRect() ?? {})`)
	ann.screenshot("toolbar-phone.png")
	ann.tap(`document.querySelector('` + hook("quick") + `')`)
	ann.until("the reaction is there", `document.querySelector('[data-testid="reaction"]')?.ariaPressed === "true"`)
	ann.tap(`document.querySelector('[data-testid="status"]')`)
	ann.until("a tap elsewhere closes the toolbar", `!document.querySelector('`+hook("toolbar")+`')`)
}
