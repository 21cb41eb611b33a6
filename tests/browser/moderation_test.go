package browser_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// An administrator, who has no page, removes somebody who has one, and tells everybody something.
func TestWhoIsRemovedSeesWhyAndComesBack(t *testing.T) {
	const secret = "the secret of the product, which is long enough"
	b := startBrowser(t)
	n := node.Start(t, func(c *server.Config) { c.Auth.JWTSecret, c.Auth.PublicRooms = secret, []string{"*"} })
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "root", "name": "Root", "exp": time.Now().Add(time.Hour).Unix(), "chorus": map[string]any{"admin": true},
	}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	root := n.Resume(t, "", token, "lobby", nil)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.say("hello")
	ann.wantTexts("me: hello")
	testbed.Eventually(t, 10*time.Second, "the administrator hears it", func() bool { return len(root.Messages("lobby")) == 1 })
	if _, err := root.Moderate(t.Context(), "lobby", "kick", root.Messages("lobby")[0].User.ID, 0); err != nil {
		t.Fatal(err)
	}
	const why = `document.querySelector('[data-testid="room-error"]')`
	ann.until("Ann sees why", why+`.checkVisibility() && `+why+`.innerText.includes("A moderator has removed you")`)
	ann.wantTexts("me: hello\nRoot: Root removed Ann.")
	ann.run(click(hook("rejoin")))
	ann.until("Ann is back", `!`+why+`.checkVisibility()`)
	ann.say("here again")
	ann.wantTexts("me: hello\nRoot: Root removed Ann.\nme: here again")

	if _, err := root.Announce(t.Context(), client.Everywhere, "<b>Hear ye</b>"); err != nil {
		t.Fatal(err)
	}
	const told = `document.querySelector('[data-testid="announcement"]')`
	ann.until("Ann is told", told+`?.checkVisibility() && `+told+`.innerText.includes("Root: <b>Hear ye</b>")`)
	ann.until("it covers nothing", told+`.getBoundingClientRect().bottom <= document.querySelector("#scroller").getBoundingClientRect().top`)
	ann.run(click(hook("announcement-close")))
	ann.until("it was read", told+` === null`)

	if _, err := root.Moderate(t.Context(), client.Everywhere, "ban", root.Messages("lobby")[0].User.ID, 0); err != nil {
		t.Fatal(err)
	}
	ann.until("Ann sees that she is banned", `document.querySelector('[data-testid="status-text"]').textContent === "Not connected: you were banned from this service."`)
}
