package browser_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// Who comes back begins to read where it was left.
func TestALineSaysWhatIsNew(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	say := func(text string) {
		t.Helper()
		if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), text); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		say(fmt.Sprint("old ", i+1))
	}
	const (
		line   = `[...document.querySelectorAll("[data-unread]")].map((m) => m.querySelector('[data-testid="text"]').textContent).join()`
		inView = `(({top, bottom}) => top >= 0 && bottom <= innerHeight)(document.querySelector("[data-unread]").getBoundingClientRect())`
		button = `document.querySelector('[data-testid="new-messages"]')`
	)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.until("all is shown", shown+" === 30 && "+atBottom)
	if got := ann.eval(line); got != "" {
		t.Errorf("to who comes for the first time, nothing is new, but %q", got)
	}
	ann.goTo("attic")
	say("new 1")
	const badge = `document.querySelector('[data-testid="badge"]:not([hidden]) .count')?.textContent`
	ann.until("it is counted", badge+` === "1"`)
	ann.goTo("lobby")
	ann.until("the line is before it", line+` === "new 1"`)
	ann.until("all of it is in sight, and read", atBottom+" && "+button+".hidden")

	// What does not fit on the screen is not read yet.
	ann.goTo("attic")
	for i := range 40 {
		say(fmt.Sprint("newer ", i+1))
	}
	ann.until("they are counted", badge+` === "40"`)
	ann.goTo("lobby")
	ann.until("the line is before the first, and in sight", line+` === "newer 1" && `+inView)
	ann.until("the others are counted", button+`.dataset.count === "40" && !`+button+`.hidden`)
	ann.screenshot("unread.png")
	ann.goTo("attic")
	ann.goTo("lobby")
	ann.until("it is still where it was", line+` === "newer 1" && `+inView)
	ann.run(click(hook("new-messages")))
	ann.until("the newest is in sight", atBottom)
	ann.goTo("attic")
	ann.goTo("lobby")
	ann.until("all was read", shown+` === 71 && `+line+` === "" && `+atBottom)

	// What was read just before the page is left was read, on all devices.
	elsewhere, err := client.Connect(t.Context(), n.URL, "Ann", ann.eval(`localStorage.getItem("chorus.token")`))
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	read := func(seq uint64) {
		t.Helper()
		testbed.Eventually(t, 20*time.Second, fmt.Sprint("she has read up to ", seq), func() bool {
			rooms, err := elsewhere.Mailbox(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(rooms, func(room client.MailboxRoom) bool { return room.Room == "lobby" && room.Read.Seq == seq })
		})
	}
	read(71)
	say("newest")
	ann.until("it is shown", shown+" === 72")
	ann.eval(`history.replaceState(null, "", "#attic")`)
	ann.run(chromedp.Reload())
	read(72)
}
