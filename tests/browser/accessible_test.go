package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// accessible checks what is on the screen by those rules that a machine can check: axe-core's for WCAG 2.2, levels A
// and AA, and for good practice.
func (tab *tab) accessible(what string) {
	tab.t.Helper()
	axe := testbed.File(tab.t, "chromium", "run make web/node_modules", "../../web/node_modules/axe-core/axe.min.js")
	if tab.eval(`typeof axe`) != "object" {
		tab.eval("(() => {" + string(axe) + "})()")
	}
	// What is fading in has not yet the contrast that it will have.
	tab.until("nothing moves", `document.getAnimations().every((a) => a.playState !== "running")`)
	violations, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(({violations}) =>
		violations.map(({id, help, nodes}) => id + ": " + help + nodes.map(({html, failureSummary}) => "\n  " + html + "\n  " + failureSummary).join("")).join("\n"))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatal(err)
	}
	if violations != "" {
		tab.t.Errorf("%s: %s", what, violations)
	}
}

// looks lets the page believe that its reader prefers something, such as prefers-color-scheme: dark.
func (tab *tab) looks(feature, value string) {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
	if err != nil {
		tab.t.Fatal(err)
	}
}

func TestThePageIsForEverybody(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "lobby")
	ann := b.open(n.URL, 1200, 760)
	ann.run(chromedp.WaitVisible(hook("name-input")))
	ann.accessible("the question for the name")
	ann.enter("Ann")
	ann.say("Hello")
	said, err := bob.Send(t.Context(), "lobby", client.NewKey(), "Hello Ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Change(t.Context(), "react", "lobby", client.NewKey(), said, "👍"); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Reply(t.Context(), "lobby", client.NewKey(), said, "@Ann, `code` and ```a block```: https://example.com/a.png"); err != nil {
		t.Fatal(err)
	}
	ann.until("all is shown", shown+` === 3 && document.querySelector('[data-testid="show-picture"]') !== null`)
	for _, colours := range []string{"light", "dark"} {
		ann.looks("prefers-color-scheme", colours)
		ann.until("it has "+colours+" colours", `document.documentElement.dataset.theme === "`+colours+`"`)
		ann.pointAt("Hello Ann")
		ann.accessible("a conversation and a toolbar in " + colours + " colours")
		ann.key("ArrowUp", arrowUp)
		ann.until("what she said is edited", subject+` === "Editing Hello"`)
		ann.rewrite("@")
		ann.until("somebody is suggested", suggested+` === "Bob"`)
		ann.accessible("an edit and suggestions in " + colours + " colours")
		ann.key("Escape", escape)
		ann.key("Escape", escape)
		ann.until("nothing is written", draft+` === ""`)
	}
	ann.use("pick", "Hello Ann")
	ann.run(chromedp.WaitVisible(hook("emoji-cancel")))
	ann.accessible("the reactions to choose from")
	ann.run(click(hook("emoji-cancel")))
	ann.run(click(hook("settings-button")), chromedp.WaitVisible(hook("settings")))
	ann.accessible("the settings")
	ann.run(click(hook("settings-close")), click(hook("room-menu-button")), chromedp.WaitVisible(hook("copy-link")))
	ann.accessible("what can be done with a room")
	ann.eval(`document.querySelector('[data-testid="room-menu"]').hidePopover()`)
	ann.run(click(hook("find")), chromedp.SendKeys(hook("finder-input"), "b"), chromedp.WaitVisible(hook("found")))
	ann.accessible("what finds rooms and people")
	ann.key("Escape", 27)
	ann.run(chromedp.EmulateViewport(320, 640, chromedp.EmulateMobile))
	ann.accessible("a conversation on a phone")
	ann.run(click(hook("menu")), chromedp.WaitVisible(hook("rooms")))
	ann.accessible("the rooms on a phone")
	ann.key("Escape", 27)
	ann.run(click(hook("people-button")), chromedp.WaitVisible(hook("here")))
	ann.accessible("the people on a phone")
}
