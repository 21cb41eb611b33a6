package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
)

const (
	// roomList is the rooms in the list, in their order, the current one in brackets and with what is unread behind them.
	roomList = `[...document.querySelectorAll('[data-testid="rooms"] a')].map((a) => {
		const name = a.querySelector(".name").textContent, badge = a.querySelector('[data-testid="badge"]');
		return (a.ariaCurrent === "page" ? "[" + name + "]" : name) +
			(badge.hidden ? "" : " " + badge.querySelector(".unread").textContent + (a.dataset.calls === "true" ? "!" : ""));
	}).join()`
	icon = `document.querySelector('link[rel="icon"]').href.split("/").at(-1)`
)

// There is more than one room, and what happens in the others is seen.
func TestSomebodyFindsTheirWayBetweenRooms(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	ann := b.open(n.URL, 1200, 700)
	ann.enter("Ann")
	ann.until("Ann is in the lobby", roomList+` === "[lobby]"`)
	ann.run(click(hook("find")), chromedp.WaitVisible(hook("finder-input")), chromedp.SendKeys(hook("finder-input"), "Tea Room"))
	ann.eval(`document.querySelector('[data-testid="finder-input"]').dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))`)
	if got := ann.eval(title); got != "#lobby" {
		t.Errorf("a key of the input method has led to %s", got)
	}
	ann.key("Enter", 13)
	ann.until("she is in a new room", roomList+` === "lobby,[tea-room]" && `+title+` === "#tea-room"`)
	ann.until("where she can write at once", `document.activeElement.dataset.testid === "composer-text"`)

	for _, text := range []string{"Is anybody here?", "@Ann, are you?"} {
		if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), text); err != nil {
			t.Fatal(err)
		}
	}
	ann.until("she sees that somebody calls her", roomList+` === "lobby 2 unread!,[tea-room]" && document.title === "(1) #tea-room · Chorus"`)
	ann.until("whatever tab she looks at", icon+` === "favicon-unread.svg"`)
	ann.screenshot("rooms.png")
	ann.run(click(hook("rooms") + " li:first-child a"))
	ann.wantTexts("Bob: Is anybody here?\nBob: @Ann, are you?")
	ann.until("nothing is unread", roomList+` === "[lobby],tea-room" && document.title === "#lobby · Chorus" && `+icon+` === "favicon.svg"`)

	// By the keyboard alone: a room that is there, somebody who is there, and a new room.
	goal := func(query, option string) {
		ann.key("k", 75, 2) // with Ctrl
		ann.run(chromedp.WaitVisible(hook("finder-input")), chromedp.SendKeys(hook("finder-input"), query))
		ann.until("it finds "+option, `document.querySelector('[data-testid="found"][aria-selected="true"] .name')?.textContent === "`+option+`"`)
		ann.screenshot("finder.png")
		ann.key("Enter", 13)
	}
	goal("room", "tea-room")
	ann.until("Ann is in the tea-room", title+` === "#tea-room" && document.activeElement.dataset.testid === "composer-text"`)
	goal("lob", "lobby")
	ann.until("Ann is in the lobby", title+` === "#lobby"`)
	goal("bob", "Bob")
	ann.until("Ann is alone with Bob", title+` === "@Bob"`)
	ann.run(chromedp.EmulateViewport(1200, 220))
	goal("the attic", "Join or create #the-attic")
	ann.until("Ann is in a new room", roomList+` === "lobby,tea-room,[the-attic]"`)
	ann.until("it is in sight, however little of the list is", `document.querySelector('[data-testid="rooms"] [aria-current]').getBoundingClientRect().bottom <=
		document.querySelector('[data-testid="me"]').getBoundingClientRect().top`)
	ann.run(chromedp.EmulateViewport(1200, 700))

	// Who leaves is in the next room, also after a reload.
	ann.run(click(hook("room-menu-button")), click(hook("leave")))
	ann.until("she has left", roomList+` === "lobby,[tea-room]" && `+title+` === "#tea-room"`)
	ann.run(chromedp.Reload())
	ann.connected()
	ann.until("she is not there again", roomList+` === "lobby,[tea-room]"`)
}
