package browser_test

import (
	"testing"

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
