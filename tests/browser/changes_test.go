package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
)

func TestWhatIsSaidAboutAMessageIsShownOnIt(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	at := map[string]client.Position{}
	do := func(p client.Position, err error) client.Position {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, text := range []string{"frist", "secret"} {
		at[text] = do(bob.Send(t.Context(), "lobby", client.NewKey(), text))
	}
	do(bob.Reply(t.Context(), "lobby", client.NewKey(), at["secret"], "an answer"))
	do(bob.Reply(t.Context(), "lobby", client.NewKey(), at["frist"], "another"))
	ann.say("mine")
	change := func(verb string, of client.Position, what string) {
		t.Helper()
		do(bob.Change(t.Context(), verb, "lobby", client.NewKey(), of, what))
	}
	ann.until("what is answered is quoted", `[...document.querySelectorAll('[data-testid="quote"]:not([hidden])')].map((e) => e.textContent).join("|") === "Bob secret|Bob frist"`)
	change("edit", at["frist"], "first <b>")
	change("react", at["frist"], "👍")
	change("react", at["frist"], "🏳️‍🌈")
	change("delete", at["secret"], "")
	changed := func(when string) {
		t.Helper()
		ann.until(when+", it is edited", shows("first <b>"))
		ann.until(when+", it is marked", `document.querySelectorAll('[data-testid="edited"]:not([hidden])').length === 1`)
		ann.until(when+", reactions are counted", `[...document.querySelectorAll('[data-testid="reactions"] li')].map((e) => e.textContent).join() === "🏳️‍🌈 1,👍 1"`)
		ann.until(when+", what was deleted is gone, and so is its quote", `document.querySelectorAll("[data-deleted]").length === 1 && !document.body.textContent.includes("secret")`)
		ann.until(when+", quotes are as what they quote", `document.body.textContent.includes("Bob first <b>")`)
		if got := ann.eval(shown); got != "5" {
			t.Errorf("%s, %s messages are shown", when, got)
		}
	}
	changed("at once")
	ann.screenshot("changes.png")
	ann.run(chromedp.Reload())
	ann.connected()
	changed("after loading anew")
}
