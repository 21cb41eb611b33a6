package browser_test

import (
	"fmt"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
)

const (
	// shown is how many messages the log shows.
	shown    = `document.querySelectorAll('[data-testid="log"] [data-testid="message"]').length`
	atBottom = `(({scrollHeight, scrollTop, clientHeight}) => scrollHeight - scrollTop - clientHeight < 2)(document.getElementById("scroller"))`
	toTop    = `document.getElementById("scroller").scrollTop = 0`
	earlier  = `document.querySelector('[data-testid="earlier"]').textContent`
)

// shows is whether the log shows a text.
func shows(text string) string {
	return `[...document.querySelectorAll('[data-testid="log"] [data-testid="text"]')].some((e) => e.textContent === "` + text + `")`
}

// talker returns a way for Bob to speak in the lobby.
func talker(t *testing.T, n *node.Node) (say func(text string)) {
	t.Helper()
	bob := n.Join(t, "Bob", "lobby")
	return func(text string) {
		t.Helper()
		if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), text); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheScrollRule(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	say := talker(t, n)
	for i := range 120 {
		say(fmt.Sprint("message ", i+1))
	}
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.until("the history is there", shows("message 120"))
	ann.until("the page is at the bottom", atBottom)
	if got := ann.eval("document.documentElement.scrollHeight <= innerHeight"); got != "true" {
		t.Error("the page itself can be scrolled, and not only the conversation in it")
	}
	say("and one more")
	ann.until("it is shown", shows("and one more"))
	ann.until("the page is still at the bottom", atBottom)

	// Scrolled up, the place stays, and a button counts what is new.
	first := `[...document.querySelectorAll('[data-testid="log"] [data-testid="message"]')].find((m) => m.getBoundingClientRect().bottom > 150).querySelector('[data-testid="text"]').textContent`
	before := ann.eval(shown)
	reading := ann.eval(`(document.getElementById("scroller").scrollTop = 300, ` + first + `)`)
	ann.until("earlier messages were loaded above", shown+" > "+before)
	for i := range 3 {
		say(fmt.Sprint("news ", i+1))
	}
	ann.until("the button counts three", `document.querySelector('[data-testid="new-messages"]').dataset.count === "3"`)
	// The page puts the place right before it paints; a script may look a moment earlier.
	ann.until("the reading place is where it was", first+` === "`+reading+`"`)
	ann.run(click(hook("new-messages")))
	ann.until("the button leads to the bottom", atBottom)
	ann.until("the button is gone", `document.querySelector('[data-testid="new-messages"]').hidden`)

	// Reading back, one gets to the beginning.
	ann.until("the beginning is shown", "("+toTop+", "+shows("message 1")+")")
	ann.until("the page says so", earlier+` === "The beginning of #lobby"`)
}

// However far somebody reads back, and however much is said meanwhile, the page stays as small as it was.
func TestALongConversationIsReadBackInASmallPage(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.until("Ann is in the room", earlier+` === "Nobody has said anything here yet."`)
	ann.eval(`(window.most = 0, new MutationObserver(() => most = Math.max(most, ` + shown + `)).observe(document.getElementById("messages"), {childList: true}))`)
	say := talker(t, n)
	for i := range 2000 {
		say(fmt.Sprint("message ", i+1))
	}
	ann.until("the last one is shown", shows("message 2000"))
	ann.until("the page is at the bottom", atBottom)
	const inOrder = `[...document.querySelectorAll('[data-testid="log"] [data-testid="text"]')].every((e, i, all) =>
		i === 0 || Number(e.textContent.slice(8)) === Number(all[i - 1].textContent.slice(8)) + 1)`

	// Reading back: what is read stays in its place while the page changes around it.
	const first = `[...document.querySelectorAll('[data-testid="log"] [data-testid="message"]')].find((m) => m.getBoundingClientRect().bottom > 150)`
	ann.eval(`(document.getElementById("scroller").scrollTop = 900, window.reading = ` + first + `, window.place = reading.getBoundingClientRect().top)`)
	oldest := `document.querySelector('[data-testid="log"] [data-testid="text"]').textContent`
	before := ann.eval(oldest)
	ann.eval(`document.getElementById("scroller").scrollTop -= 300`)
	ann.until("there is more above", oldest+` !== "`+before+`"`)
	ann.until("what was read is where it was", `Math.abs(reading.getBoundingClientRect().top - place - 300) < 2`)
	ann.until("the beginning is shown", "("+toTop+", "+shows("message 1")+")")
	ann.until("the page says so", earlier+` === "The beginning of #lobby"`)
	if got := ann.eval(inOrder); got != "true" {
		t.Error("they are not in order")
	}

	// What is said meanwhile is counted. Reading on, one comes to it.
	say("message 2001")
	ann.until("the button counts it", `document.querySelector('[data-testid="new-messages"]').dataset.count === "1"`)
	for _, step := range []string{"message 900", "message 1500", "message 2001"} {
		ann.until(step+" is come to", `(document.getElementById("scroller").scrollTop += 2000, `+shows(step)+")")
	}
	ann.until("the page is at the bottom", `(document.getElementById("scroller").scrollTop += 2000, `+atBottom+`)`)
	if got := ann.eval(inOrder); got != "true" {
		t.Error("they are not in order")
	}

	ann.until("the beginning is shown again", "("+toTop+", "+shows("message 1")+")")
	ann.run(click(hook("new-messages")))
	ann.until("the button leads to the newest", shows("message 2001")+" && "+atBottom)
	if got := ann.eval("most <= 500"); got != "true" {
		t.Errorf("%s messages were in the page at once", ann.eval("most"))
	}
}

func TestWhatIsNoLongerKeptIsNotCalledTheBeginning(t *testing.T) {
	b := startBrowser(t)
	redis := node.Redis("redis://" + miniredis.RunT(t).Addr())
	keepTen := func(c *server.Config) { c.Bus.Retention = 10 }
	say := talker(t, node.Start(t, redis, keepTen))
	for i := range 40 { // a log is trimmed once in a while, with the 32nd here
		say(fmt.Sprint("message ", i+1))
	}
	other := node.Start(t, redis, keepTen) // that remembers nothing of them
	ann := b.open(other.URL, 800, 600)
	ann.enter("Ann")
	ann.until("the last one is shown", shows("message 40"))
	ann.until("the page says that there were more", earlier+` === "Older messages are no longer kept."`)
}

func TestTodayDoesNotStayToday(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	say := talker(t, n)
	say("good night")
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	ann.until("it is shown", shows("good night"))
	const day = `document.querySelector('[data-testid="log"] [data-day]').dataset.day`
	called := func(days int) string {
		return fmt.Sprintf(`%s.toLowerCase() === new Intl.RelativeTimeFormat(undefined, {numeric: "auto"}).format(%d, "day").toLowerCase()`, day, days)
	}
	ann.until("it was said today", called(0))
	const dayLater = `(() => {
		const Before = Date, later = 24 * 60 * 60 * 1000
		Date = class extends Before {
			constructor(...of) { of.length > 0 ? super(...of) : super(Before.now() + later) }
			static now() { return Before.now() + later }
		}
	})()`
	ann.eval(dayLater)
	ann.eval(`document.dispatchEvent(new Event("visibilitychange"))`)
	ann.until("somebody who looks sees that it was yesterday", called(-1))
	ann.eval(dayLater)
	say("good morning")
	ann.until("with the next message it is longer ago", "!("+called(-1)+")")
}
