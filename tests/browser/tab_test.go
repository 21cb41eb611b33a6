package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"chorus/tests/testbed"
)

// browser is the headless Chromium of all tests, in which each has windows of its own.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// chromium is started by the first test that needs it, and ended when all are done.
var chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	os.Exit(code)
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := testbed.Program(t, "chromium", "install Chromium (apt-get install chromium)", "chromium", "chromium-browser", "google-chrome")
	chromium.once.Do(func() { chromium.ctx, chromium.stop, chromium.err = runChromium(path) })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	return &browser{t: t, ctx: chromium.ctx}
}

func runChromium(path string) (ctx context.Context, stop func(), err error) {
	data, err := os.MkdirTemp("", "chorus-chromium-")
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // CI runs as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.UserDataDir(data),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Getenv("CHORUS_SCREENSHOTS") != "" { // as the page looks to somebody with a mouse
		options = append(options, chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"))
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	return ctx, func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to be gone, and its directory with it
		cancel()
		stopAllocator()
		os.RemoveAll(data)
	}, chromedp.Do(ctx)
}

// tab is a window; those that open opens have storage of their own, as if on another machine.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
	expected []string
}

// open opens a page in a window of the given size. Whatever the page reports to the console as
// an error, violations of the content policy included, fails the test.
func (b *browser) open(url string, width, height int64) *tab {
	b.t.Helper()
	return openTab(b.t, b.ctx, url, width, height, chromedp.WithNewBrowserContext())
}

// another opens a page in a further window that shares the storage of this one.
func (tab *tab) another(url string, width, height int64) *tab {
	tab.t.Helper()
	return openTab(tab.t, tab.ctx, url, width, height)
}

func openTab(t *testing.T, parent context.Context, url string, width, height int64, options ...chromedp.ContextOption) *tab {
	t.Helper()
	limited, stopLimit := context.WithTimeout(parent, 3*time.Minute)
	ctx, stop := chromedp.NewContext(limited, options...)
	t.Cleanup(func() {
		stop()
		stopLimit()
	})
	tab := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatal(err)
	}
	tab.run(chromedp.EmulateViewport(width, height), chromedp.Navigate(url))
	t.Cleanup(tab.check)
	return tab
}

func (tab *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		tab.problem(fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			tab.problem(fmt.Sprintf("console.%s %s", e.Type, e.Args[0].Value))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			tab.problem(fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
		}
	}
}

func (tab *tab) problem(text string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.problems = append(tab.problems, text)
}

// expect allows a kind of problem that the test causes itself.
func (tab *tab) expect(part string) { tab.expected = append(tab.expected, part) }

func (tab *tab) check() {
	tab.mu.Lock()
	defer tab.mu.Unlock()
next:
	for _, p := range tab.problems {
		for _, e := range tab.expected {
			if strings.Contains(p, e) {
				continue next
			}
		}
		tab.t.Errorf("the page reports: %s", p)
	}
}

func (tab *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, actions...); err != nil {
		tab.t.Fatal(err)
	}
}

// eval returns what an expression of JavaScript is, as text.
func (tab *tab) eval(expression string) string {
	tab.t.Helper()
	result, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return result
}

// until waits for an expression to be true. The page may be loaded anew meanwhile.
func (tab *tab) until(what, expression string) {
	tab.t.Helper()
	testbed.Eventually(tab.t, 20*time.Second, what, func() bool {
		result, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("String("+expression+")"))
		if err != nil && !isNavigation(err) {
			tab.t.Fatalf("%s: %v", expression, err)
		}
		return result == "true"
	})
}

// isNavigation reports whether the page was left while something was looked at.
func isNavigation(err error) bool { return err != nil && strings.Contains(err.Error(), "navigated") }

// hook selects by the page's test hooks.
func hook(name string) string { return `[data-testid="` + name + `"]` }

// enter answers the question for the name and waits to be connected.
func (tab *tab) enter(name string) {
	tab.t.Helper()
	tab.answerName(name)
	tab.connected()
}

func (tab *tab) answerName(name string) {
	tab.t.Helper()
	tab.run(
		chromedp.WaitVisible(hook("name-input")),
		chromedp.SendKeys(hook("name-input"), name),
		click(hook("name-submit")),
	)
}

// connected waits for a node to have welcomed the page. It need not be in the room yet.
func (tab *tab) connected() {
	tab.t.Helper()
	tab.until("the page is connected", `document.querySelector('[data-testid="status"]').dataset.state === "open"`)
}

// disconnected waits for the page to notice that its node is gone.
func (tab *tab) disconnected() {
	tab.t.Helper()
	tab.until("the page says that it is not connected", `document.querySelector('[data-testid="status"]').dataset.state !== "open"`)
}

// title is what the room on the screen is called.
const title = `document.querySelector("h1").textContent`

// goTo shows another room. It need not be joined yet.
func (tab *tab) goTo(room string) {
	tab.t.Helper()
	tab.eval(`location.hash = "#` + room + `"`)
	tab.until("the page shows "+room, title+`.toLowerCase() === "#`+strings.ToLower(room)+`"`)
}

// write types a text and waits until it could be sent, which is when the page is in the room.
func (tab *tab) write(text string) {
	tab.t.Helper()
	tab.run(chromedp.SendKeys(hook("composer-text"), text))
	tab.until("it can be sent", `!document.querySelector('[data-testid="send"]').disabled`)
}

// say types a text and presses Enter.
func (tab *tab) say(text string) {
	tab.t.Helper()
	tab.write(text)
	tab.press(input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13})
}

// press presses a key as a keyboard does: in one event with its text, so that a page that
// refuses the key gets no text either.
func (tab *tab) press(key input.DispatchKeyEventParams) {
	tab.t.Helper()
	for _, key.Type = range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		if _, err := chromedp.Call(tab.ctx, input.DispatchKeyEvent, key); err != nil {
			tab.t.Fatal(err)
		}
	}
}

// texts returns the messages in the log, each as "author: text", own ones as "me: text".
func (tab *tab) texts() string {
	tab.t.Helper()
	return tab.eval(`[...document.querySelectorAll('[data-testid="log"] [data-testid="message"]')].map((m) =>
		(m.dataset.own === "true" ? "me" : m.querySelector('[data-testid="author"]').textContent) + ": " +
		m.querySelector('[data-testid="text"]').textContent).join("\n")`)
}

func (tab *tab) wantTexts(want string) {
	tab.t.Helper()
	got := ""
	defer func() {
		if got != want {
			tab.t.Errorf("the log shows\n%s", got)
		}
	}()
	testbed.Eventually(tab.t, 20*time.Second, "the log shows\n"+want, func() bool {
		got = tab.texts()
		return got == want
	})
}

// screenshot writes a picture to the directory that CHORUS_SCREENSHOTS names, if it names one.
func (tab *tab) screenshot(name string) {
	tab.t.Helper()
	directory := os.Getenv("CHORUS_SCREENSHOTS")
	if directory == "" {
		return
	}
	png, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, name), png, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}
