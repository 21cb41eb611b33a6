package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/server"
	"chorus/tests/node"
)

// enterAs enters as somebody whom a product has sent here.
func (tab *tab) enterAs(name, secret string, rights map[string]any) {
	tab.t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": name, "name": name, "exp": time.Now().Add(time.Hour).Unix(), "chorus": rights,
	}).SignedString([]byte(secret))
	if err != nil {
		tab.t.Fatal(err)
	}
	tab.run(chromedp.WaitVisible(hook("name-input")))
	tab.eval(`localStorage.setItem("chorus.token", "` + token + `"), localStorage.setItem("chorus.name", "` + name + `")`)
	tab.run(chromedp.Reload())
	tab.connected()
}

// Root finds what she may do where people are, Bob sees what was done and why, and all of it can be undone.
func TestAModeratorDecidesAndThinksBetterOfIt(t *testing.T) {
	const secret = "the secret of the product, which is long enough"
	b := startBrowser(t)
	n := node.Start(t, func(c *server.Config) { c.Auth.JWTSecret, c.Auth.PublicRooms = secret, []string{"*"} })
	bob := b.open(n.URL, 800, 600)
	bob.enter("Bob")
	bob.say("la la la")
	root := b.open(n.URL, 320, 640)
	root.enterAs("Root", secret, map[string]any{"admin": true})
	root.wantTexts("Bob: la la la")

	told := func(parts ...string) string {
		return `["` + strings.Join(parts, `", "`) + `"].every((part) => document.querySelector("#messages > :last-child").textContent.includes(part))`
	}
	const person = `[...document.querySelectorAll('[data-testid="person"]')].find((e) => e.textContent.includes("Bob"))`
	amongPeople := func() {
		t.Helper()
		root.run(click(hook("people-button")))
		root.until("Bob is there", person+`?.checkVisibility()`)
		root.eval(person + `.click()`)
	}
	whereHeSpoke := func() {
		t.Helper()
		root.use("author-menu", "la la la")
	}
	choose := func(open func(), what string) {
		t.Helper()
		open()
		root.run(chromedp.WaitVisible(hook(what)))
		root.screenshot(what + ".png")
		root.accessible("the menu of a person")
		root.run(click(hook(what)))
	}
	decide := func(reason string) {
		t.Helper()
		root.run(chromedp.WaitVisible(hook("decide-reason")), chromedp.SendKeys(hook("decide-reason"), reason))
		root.accessible("the question for a reason")
		root.run(click(hook("decide-submit")))
		root.until("it is done", `!document.querySelector('[data-testid="decide"]')`)
	}
	choose(whereHeSpoke, "person-mute")
	decide("too loud")
	bob.until("Bob sees that he is muted, and why", told("Root muted Bob until", ": too loud"))
	choose(amongPeople, "person-ban")
	decide("far too loud")
	const why = `document.querySelector('[data-testid="room-error"]')`
	bob.until("Bob sees that he is banned", why+`.checkVisibility() && `+why+`.innerText.includes("banned you from this room until")`)

	root.say("/sanctions")
	const listed = `document.querySelectorAll('[data-testid="sanctions-list"] li').length`
	root.until("both are listed", listed+` === 2`)
	root.screenshot("sanctions.png")
	root.accessible("who is muted or banned")
	root.run(click(hook("sanctions-undo-ban")))
	root.until("one is left", listed+` === 1`)
	root.run(click(hook("sanctions-close")))
	bob.run(click(hook("rejoin")))
	bob.until("Bob is back", `!`+why+`.checkVisibility()`)
	choose(amongPeople, "person-undo-mute")
	bob.until("Bob may speak", told("Root lets Bob speak again"))
	bob.say("pardon")
	root.until("he is heard", shows("pardon"))
	announce := func(text, where string) {
		t.Helper()
		root.run(click(hook("room-menu-button")), click(hook("open-announcing")), chromedp.SendKeys(hook("announce-text"), text))
		root.eval(`document.querySelector('[data-testid="announce-where"]').value = "` + where + `"`)
		root.accessible("an announcement")
		root.screenshot("announce.png")
		root.run(click(hook("announce-submit")))
		root.until("it is announced", `!document.querySelector('[data-testid="announce"]')`)
	}
	announce("Quiet, please", "room")
	bob.until("all in the room are told", `document.querySelector("[data-announcement]")?.textContent.includes("Quiet, please")`)
	announce("We close at ten", "everywhere")
	bob.until("all are told", `document.querySelector('[data-testid="announcement"]')?.textContent.includes("Root: We close at ten")`)

	choose(amongPeople, "person-ban-everywhere")
	decide("enough")
	bob.until("Bob is banned from the service", `document.querySelector('[data-testid="status-text"]').textContent.includes("you were banned")`)
	root.say("/sanctions")
	root.run(click(hook("sanctions-undo-ban-everywhere")))
	root.until("nobody is banned any more", `document.querySelector('[data-testid="sanctions-none"]').checkVisibility()`)
	root.run(click(hook("sanctions-close")))
	bob.run(click(hook("status-retry")))
	bob.connected()
}
