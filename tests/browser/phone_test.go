package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
)

// Where there is room for one thing only, what is beside it is a touch away, and so is the way back.
func TestAPhoneShowsOneThingAtATime(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	ann := b.open(n.URL+"/#a-room-whose-name-is-much-longer-than-a-phone-is-wide", 320, 568)
	ann.run(chromedp.EmulateViewport(320, 568, chromedp.EmulateMobile))
	ann.enter("Ann")
	const (
		fits    = `document.documentElement.scrollWidth <= innerWidth`
		drawn   = `document.querySelector('[data-testid="sidebar"]').matches(":popover-open")`
		focused = `document.activeElement.dataset.testid`
	)
	ann.until("all is on the screen", fits+` && document.querySelector('[data-testid="room-menu-button"]').getBoundingClientRect().right <= innerWidth`)
	if got := ann.eval(drawn); got != "false" {
		t.Error("the list of rooms is before the conversation")
	}
	ann.goTo("lobby")
	if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), "Hello, Ann."); err != nil {
		t.Fatal(err)
	}
	ann.wantTexts("Bob: Hello, Ann.")
	ann.run(click(hook("menu")), chromedp.WaitVisible(hook("rooms")))
	ann.until("the rooms are there", drawn+` && `+fits)
	ann.screenshot("drawer.png")
	ann.run(click(hook("rooms") + " li:first-child a"))
	ann.until("she is in the other room, and it is all that she sees", title+`.startsWith("#a-room") && !`+drawn)

	if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), "Are you there, @Ann?"); err != nil {
		t.Fatal(err)
	}
	ann.until("that she is called is seen without the list", `document.querySelector('[data-testid="unread"]').checkVisibility() &&
		document.querySelector('[data-testid="unread"]').textContent === "1 unread"`)
	ann.eval("history.back()")
	ann.wantTexts("Bob: Hello, Ann.\nBob: Are you there, @Ann?")
	ann.until("she is where she came from", title+` === "#lobby" && document.querySelector('[data-testid="unread"]').hidden`)

	ann.run(click(hook("people-button")), chromedp.WaitVisible(hook("here")+" li:nth-child(2)"))
	ann.screenshot("people-phone.png")
	ann.key("Escape", 27)
	ann.until("the focus is where it came from", focused+` === "people-button" && document.querySelector('[data-testid="people"]').matches(":not(:popover-open)")`)

	// The phone is turned, or the window made larger.
	for _, drawer := range []string{"sidebar", "people"} {
		ann.run(chromedp.EmulateViewport(320, 568))
		ann.eval(`document.querySelector('[data-testid="` + drawer + `"]').showPopover()`)
		ann.run(chromedp.EmulateViewport(1200, 700))
		ann.until("it is beside the conversation, and not before it", `(({left, right}, main) => right <= main.left || left >= main.right)(
			document.querySelector('[data-testid="`+drawer+`"]').getBoundingClientRect(), document.querySelector("main").getBoundingClientRect())`)
	}
}
