package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

const suggested = `[...document.querySelectorAll('[data-testid="completions"]:not([hidden]) li bdi')].map((e) => e.textContent).join("|")`

// composes lets an input method show what it would make of what was typed, without having decided.
func (tab *tab) composes(text string) {
	tab.t.Helper()
	end := int64(len(text))
	if _, err := chromedp.Call(tab.ctx, input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: end, SelectionEnd: end}); err != nil {
		tab.t.Fatal(err)
	}
}

// decides lets the input method put in what was chosen.
func (tab *tab) decides(text string) {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		tab.t.Fatal(err)
	}
}

// Names, emoji and commands are finished by keyboard; Enter does what it does for whoever composes Chinese.
func TestWhatIsBegunIsCompleted(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	n.Join(t, "王伟", "lobby")
	n.Join(t, "Bob", "lobby")
	ann := b.open(n.URL, 320, 640)
	ann.enter("Ann")
	ann.write("请@")
	ann.until("the others are suggested", suggested+` === "Bob|王伟"`)
	ann.accessible("suggestions")
	ann.composes("wang")
	ann.until("nothing is decided yet", draft+` === "请@wang"`)
	ann.press(input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 229})
	if got := ann.eval(draft); got != "请@wang" {
		t.Errorf("Enter, which is the input method's, left %q", got)
	}
	ann.decides("王")
	ann.until("he is suggested", suggested+` === "王伟"`)
	ann.key("Enter", 13)
	ann.until("he is named", draft+` === "请@王伟 " && `+suggested+` === ""`)
	ann.write(":喝彩")
	ann.until("there is no such emoji", suggested+` === ""`)
	ann.rewrite("请@王伟 :ta")
	ann.until("emoji are suggested", suggested+`.startsWith("🎉 tada|")`)
	ann.screenshot("completions.png")
	ann.key("Home", 36)
	ann.until("nothing is suggested where the caret is not", suggested+` === ""`)
	ann.rewrite("请@王伟 :ta")
	ann.until("they are suggested again", suggested+` !== ""`)
	ann.key("ArrowDown", arrowDown)
	ann.key("ArrowUp", arrowUp)
	ann.key("Tab", 9)
	ann.until("it is there", draft+` === "请@王伟 🎉 "`)
	ann.say("")
	ann.wantTexts("me: 请@王伟 🎉")

	// Where there is place for it, a button offers emoji as well.
	ann.run(chromedp.EmulateViewport(800, 640), click(hook("write-emoji")), click(`[data-testid="emoji"][value="🍵"]`))
	ann.until("it is written, and one goes on writing", draft+` === "🍵" && document.activeElement.dataset.testid === "composer-text"`)
	ann.rewrite("")
	ann.run(chromedp.EmulateViewport(320, 640))

	ann.write("/")
	ann.until("commands are suggested", suggested+`.includes("/join room|/leave|")`)
	ann.screenshot("completions-commands.png")
	if got := ann.eval(suggested); strings.Contains(got, "/ban") {
		t.Errorf("who is no moderator is offered %s", got)
	}
	ann.key("Escape", escape)
	ann.until("they are not wanted", suggested+` === ""`)
	ann.write("j")
	if got := ann.eval(suggested); got != "" {
		t.Errorf("all the same there are %s", got)
	}
	ann.rewrite("/m")
	ann.until("there are others", suggested+` === "/msg name text"`)
	ann.run(click(hook("completion")))
	ann.write("王")
	ann.until("whom it is for is suggested as well", suggested+` === "王伟"`)
	ann.key("Enter", 13)
	ann.write("你好")
	ann.say("")
	ann.until("she is alone with him", `document.title === "王伟 · Chorus"`)
	ann.wantTexts("me: 你好")
}
