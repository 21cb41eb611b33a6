package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/node"
)

// choose chooses an option as people do: the page hears of it.
func (tab *tab) choose(list, option string) {
	tab.t.Helper()
	tab.eval(`(() => { const list = document.querySelector('[data-testid="` + list + `"]');
		list.value = "` + option + `"; list.dispatchEvent(new Event("change", {bubbles: true})) })()`)
}

// What somebody wants otherwise is so in all tabs, stays so, and can be forgotten.
func TestSomebodyHasThePageTheirOwnWay(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	ann := b.open(n.URL+"/#tea-room", 800, 600)
	ann.enter("Ann")
	other := ann.another(n.URL, 800, 600)
	other.connected()
	const (
		theme = `document.documentElement?.dataset.theme`
		page  = `getComputedStyle(document.body).backgroundColor`
	)
	light := ann.eval(page)
	ann.run(click(hook("settings-button")), chromedp.WaitVisible(hook("settings-theme")))
	ann.choose("settings-theme", "dark")
	ann.until("it is dark at once", theme+` === "dark" && `+page+` !== "`+light+`"`)
	other.until("in all tabs", theme+` === "dark"`)
	ann.choose("settings-language", "zh-CN")
	ann.until("it speaks Chinese", `document.documentElement?.lang === "zh-CN" && document.readyState === "complete"`)
	ann.connected()
	ann.until("in all that it says", `document.querySelector('[data-testid="status-text"]').textContent === "已连接"`)
	if got := ann.eval(theme); got != "dark" {
		t.Errorf("loaded again, the page is %s", got)
	}
	ann.run(click(hook("settings-button")), chromedp.WaitVisible(hook("settings")))
	ann.screenshot("settings.png")
	ann.run(click(hook("forget")), click(hook("forget-sure")))
	for _, tab := range []*tab{ann, other} {
		tab.until("the page asks who is there", `document.querySelector('[data-testid="name-dialog"]')?.open === true &&
			document.querySelector('[data-testid="name-input"]').value === ""`)
		tab.until("and knows nothing", `Object.keys(localStorage).join() + localStorage["chorus.rooms"] === 'chorus.rooms["lobby"]'`)
		tab.until("nor has its own way", theme+` === "light" && document.documentElement?.lang === "en"`)
	}
}
