package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

// key presses a key that writes nothing.
func (tab *tab) key(name string, code int64) {
	tab.t.Helper()
	tab.press(input.DispatchKeyEventParams{Key: name, Code: name, WindowsVirtualKeyCode: code})
}

const (
	subject = `(e => e && e.checkVisibility() ? e.querySelector("p").textContent : "")(document.querySelector('[data-testid="subject"]'))`
	arrowUp = 38
	escape  = 27
)

// Ann corrects what she has said, without a mouse; what she had begun meanwhile waits, and nothing is lost by a reload.
func TestWhatIsBegunIsFinishedByKeyboard(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.say("helo")
	ann.wantTexts("me: helo")
	ann.key("ArrowUp", arrowUp)
	ann.until("her last message is edited", draft+` === "helo" && `+subject+` === "Editing helo"`)
	ann.screenshot("editing.png")
	ann.key("Escape", escape)
	ann.until("she has given that up", draft+` === "" && `+subject+` === ""`)
	ann.write("half a thought")
	ann.key("ArrowUp", arrowUp)
	if got := ann.eval(draft); got != "half a thought" {
		t.Errorf("the arrow that moves the caret left %q", got)
	}
	ann.run(chromedp.Reload())
	ann.connected()
	ann.until("what she had begun is there", draft+` === "half a thought"`)
	ann.say("")
	ann.wantTexts("me: helo\nme: half a thought")
	ann.key("ArrowUp", arrowUp)
	ann.until("the last one is edited", subject+` === "Editing half a thought"`)
	ann.write(", and the rest")
	ann.run(chromedp.Reload())
	ann.connected()
	ann.until("it is an edit still", subject+` === "Editing half a thought"`)
	ann.until("with its text", draft+` === "half a thought, and the rest"`)
	ann.say("")
	ann.wantTexts("me: helo\nme: half a thought, and the rest")
	ann.until("nothing is written or edited any more", draft+` === "" && `+subject+` === ""`)
}
