package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

// key presses a key that writes nothing, with others that are held.
func (tab *tab) key(name string, code int64, held ...int64) {
	tab.t.Helper()
	key := input.DispatchKeyEventParams{Key: name, Code: name, WindowsVirtualKeyCode: code}
	for _, other := range held {
		key.Modifiers |= other
	}
	tab.press(key)
}

// rewrite writes a text in place of what stands there.
func (tab *tab) rewrite(text string) {
	tab.t.Helper()
	tab.eval(`document.querySelector('[data-testid="composer-text"]').select()`)
	tab.write(text)
}

const (
	subject   = `(e => e && e.checkVisibility() ? e.querySelector("p").textContent : "")(document.querySelector('[data-testid="subject"]'))`
	arrowDown = 40
	arrowUp   = 38
	escape    = 27
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

	ann.use("reply", "helo")
	ann.write("an answer")
	ann.use("edit-message", "half a thought, and the rest")
	ann.until("that comes first", subject+` === "Editing half a thought, and the rest"`)
	ann.run(chromedp.Reload())
	ann.connected()
	ann.until("it does so still", subject+` === "Editing half a thought, and the rest"`)
	ann.run(click(hook("subject-cancel")))
	ann.until("the answer has waited", subject+` === "Answering Ann helo" && `+draft+` === "an answer"`)
	ann.say("")
	ann.until("it is an answer", `document.querySelector('[data-testid="quote"]:not([hidden])')?.textContent === "Ann helo"`)
}

func TestCommandsAreDoneAndNotSaid(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := b.open(n.URL, 800, 600)
	bob.enter("Bob B")
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	const note = `document.querySelector('[data-testid="note"]').textContent`
	ann.say("/dance with me")
	ann.until("there is no such command", note+`.includes("There is no command /dance")`)
	if got := ann.eval(draft); got != "/dance with me" {
		t.Errorf("of a command that is wrong there is left %q", got)
	}
	ann.rewrite("//dance with me")
	ann.until("it is not complained about any more", note+` === ""`)
	ann.say("")
	ann.wantTexts("me: /dance with me")
	bob.wantTexts("Ann: /dance with me")

	ann.say("/help")
	ann.run(chromedp.WaitVisible(hook("help")))
	ann.screenshot("help.png")
	ann.accessible("the help")
	ann.key("Escape", escape)
	ann.until("the focus is where she writes", `document.activeElement.dataset.testid === "composer-text"`)

	ann.say("/join Tea Room")
	ann.until("she is in the tea room", `document.title === "#tea-room · Chorus"`)
	const alt, shift, ctrl = 1, 8, 2
	ann.key("ArrowUp", arrowUp, alt)
	ann.until("the room above is the lobby", `document.title === "#lobby · Chorus"`)
	ann.key("ArrowUp", arrowUp, alt)
	ann.until("above the first is the last", `document.title === "#tea-room · Chorus"`)
	ann.key("ArrowDown", arrowDown, alt|shift)
	bob.say("psst")
	ann.until("something is unread", `document.querySelector('[data-testid="rooms"] .unread')?.textContent === "1 unread"`)
	if got := ann.eval(`document.title`); !strings.Contains(got, "#tea-room") {
		t.Errorf("with nothing unread she has gone to %s", got)
	}
	ann.key("ArrowDown", arrowDown, alt|shift)
	ann.until("she is where it was said", `document.title === "#lobby · Chorus"`)
	ann.key("ArrowDown", arrowDown, alt)
	ann.press(input.DispatchKeyEventParams{Key: "/", Code: "Slash", WindowsVirtualKeyCode: 191, Modifiers: ctrl})
	ann.until("she is helped", `document.querySelector('[data-testid="help"]')?.textContent.includes("/leave")`)
	ann.key("Escape", escape)
	ann.say("/leave")
	ann.until("she is back", `document.title === "#lobby · Chorus"`)
	ann.until("no command waits here", draft+` === ""`)
	ann.say("/msg Eve hello")
	ann.until("there is nobody", note+` === "Nobody here is called that: Eve hello"`)
	ann.rewrite("/msg bob b hello")
	ann.say("")
	ann.until("she is alone with him", `document.title === "Bob B · Chorus"`)
	ann.wantTexts("me: hello")
	ann.say("/nick Anna")
	ann.until("she is called otherwise", `document.querySelector('[data-testid="me"] .my-name').textContent === "Anna"`)
}
