package browser_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
)

func TestTextsHaveLinksCodeAndNames(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	say := talker(t, n)
	ann := b.open(n.URL, 800, 600)
	ann.enter("Ann")
	say("see https://example.com/a?b=<c>. or javascript:alert(1)")
	say("run `rm -rf <b>` or\n```go\nx := \"https://example.com\"\n```")
	say("@ann, ask @Bob or @nobody")
	say("🎉")
	const in = `document.querySelectorAll('[data-testid="log"] [data-testid="text"] `
	ann.until("all is shown, and who is here is known", shown+` === 4 && `+in+`.mention').length === 2`)
	for what, want := range map[string][2]string{
		"links":         {`[...` + in + `a')].map((a) => [a.href, a.rel, a.target].join(" ")).join("|")`, "https://example.com/a?b= noopener noreferrer _blank"},
		"code":          {`[...` + in + `code')].map((e) => e.textContent).join("|")`, `rm -rf <b>|x := "https://example.com"`},
		"names":         {`[...` + in + `.mention')].map((e) => e.textContent).join("|")`, "@ann|@Bob"},
		"one's own":     {`[...` + in + `mark')].map((e) => e.textContent).join("|")`, "@ann"},
		"emoji":         {`document.querySelectorAll('[data-testid="text"].only-emoji').length`, "1"},
		"other markup":  {in + `b, c').length`, "0"},
		"the page fits": {`document.getElementById("scroller").scrollWidth <= innerWidth`, "true"},
	} {
		if got := ann.eval(want[0]); got != want[1] {
			t.Errorf("%s: %q", what, got)
		}
	}

	// Who comes later was named before.
	if got := ann.eval(`document.body.textContent.includes("@nobody")`); got != "true" {
		t.Error("who is not there is not named")
	}
	nobody := n.Join(t, "Nobody", "lobby")
	if _, err := nobody.Send(t.Context(), "lobby", client.NewKey(), "here I am"); err != nil {
		t.Fatal(err)
	}
	ann.until("then the name is one", `[...`+in+`.mention')].some((e) => e.textContent === "@nobody")`)
	ann.screenshot("texts.png")
}

// Whoever runs the place where a picture is learns of nobody who has not asked for it.
func TestAPictureIsLoadedOnlyWhenSomebodyWantsIt(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	say := talker(t, n)
	ann := b.open(n.URL, 800, 600)
	var asked atomic.Int32
	if err := chromedp.Listen(ann.ctx, func(event any) {
		if paused, ok := event.(*fetch.EventRequestPaused); ok {
			asked.Add(1)
			go answerPicture(ann.ctx, paused.RequestID)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ann.ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "https://pictures.example/*"}}}); err != nil {
		t.Fatal(err)
	}
	ann.enter("Ann")
	say("look: https://pictures.example/cat.png and not http://pictures.example/plain.png")
	const button = `document.querySelectorAll('[data-testid="show-picture"]')`
	ann.until("one of the two can be shown", button+`.length === 1`)
	if asked.Load() > 0 {
		t.Error("it was asked for before anybody wanted it")
	}
	ann.run(click(hook("show-picture")))
	ann.until("it is shown", `document.querySelector('[data-testid="picture"]')?.naturalWidth === 1`)
	if got := ann.eval(`document.querySelector('[data-testid="picture"]').alt`); got != "The picture cat.png" {
		t.Errorf("for who can't see it, it is %q", got)
	}
	ann.run(click(hook("show-picture")))
	ann.until("it is hidden again", `!document.querySelector('[data-testid="picture"]') && `+button+`[0].ariaExpanded === "false"`)
}

// answerPicture answers with a picture of one pixel.
func answerPicture(ctx context.Context, id fetch.RequestID) {
	var pixel bytes.Buffer
	_ = png.Encode(&pixel, image.NewGray(image.Rect(0, 0, 1, 1))) // a buffer takes everything
	_, _ = chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID: id, ResponseCode: 200, Body: pixel.Bytes(),
		ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "image/png"}},
	})
}
