package browser_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"chorus/tests/client"
	"chorus/tests/node"
)

// scene is what a picture shows: a room in which people talk, and what goes on beside it. The first
// one is who looks at the page.
type scene struct {
	language string
	people   []string
	lines    []line
	direct   []line
	others   []room
}

// line is something that somebody says.
type line struct {
	who       string
	text      string
	answers   string // the beginning of what it answers
	reactions string // as "👍 Bob, 👍 Mei"
}

// room is one that is not before one's eyes, and what is said there meanwhile.
type room struct {
	name  string
	lines []line
}

var english = scene{
	language: "en",
	people:   []string{"Ann", "Bob", "Mei", "Tomás"},
	lines: []line{
		{who: "Bob", text: "Morning! Did the roll-out go well?"},
		{who: "Ann", text: "All three nodes, one after the other. Nobody lost a word.", reactions: "🎉 Bob, 🎉 Mei, 🎉 Tomás, 👍 Mei"},
		{who: "Bob", text: "I pulled the plug on node-2 meanwhile. My tab said “Connection lost”, came back on node-3, and sent what I had written. Once."},
		{who: "Mei", text: "That is the whole point, isn't it?", answers: "I pulled the plug"},
		{who: "Tomás", text: "@Ann, what do I run to try that here?"},
		{who: "Ann", text: "`go run ./tests/chaos` breaks everything for two minutes", answers: "@Ann, what", reactions: "❤️ Tomás, ❤️ Ann"},
		{who: "Mei", text: "太好了! Tea? 🍵"},
	},
	direct: []line{
		{who: "Mei", text: "Are you coming at four?"},
		{who: "Mei", text: "I bring the cake."},
	},
	others: []room{
		{name: "garden"},
		{name: "kitchen", lines: []line{{who: "Bob", text: "The kettle is broken."}, {who: "Tomás", text: "Again?"}}},
		{name: "releases", lines: []line{{who: "Bob", text: "1.4 is out."}, {who: "Bob", text: "Can you look at the notes, @Ann?"}}},
	},
}

var chinese = scene{
	language: "zh-CN",
	people:   []string{"小安", "美玲", "陈博", "林涛"},
	lines: []line{
		{who: "陈博", text: "早上好！昨晚的升级顺利吗？"},
		{who: "小安", text: "三个节点逐个升级完了，一条消息都没丢。", reactions: "🎉 陈博, 🎉 美玲, 🎉 林涛, 👍 美玲"},
		{who: "陈博", text: "升级到一半时，我拔掉了 node-2 的电源。页面提示连接已断开，随后自动连上了 node-3，把我断线时写的话发了出去，而且只发了一次。"},
		{who: "美玲", text: "这不正是我们想要的吗？", answers: "升级到一半"},
		{who: "林涛", text: "@小安 我想在本地试试，该运行什么命令？"},
		{who: "小安", text: "运行 `go run ./tests/chaos`，它会连续折腾两分钟", answers: "@小安", reactions: "❤️ 林涛, ❤️ 小安"},
		{who: "美玲", text: "太好了！去喝杯茶？🍵"},
	},
	direct: []line{
		{who: "美玲", text: "四点你来吗？"},
		{who: "美玲", text: "我带蛋糕。"},
	},
	others: []room{
		{name: "发布", lines: []line{{who: "陈博", text: "1.4 版发布了。"}, {who: "陈博", text: "@小安 能看看发布说明吗？"}}},
		{name: "花园"},
		{name: "茶水间", lines: []line{{who: "陈博", text: "水壶坏了。"}, {who: "林涛", text: "又坏了？"}}},
	},
}

// TestPictures makes the pictures of the README: set CHORUS_SCREENSHOTS to a directory.
func TestPictures(t *testing.T) {
	b := startBrowser(t)
	ann := english.play(t, b, "tea-room")
	ann.screenshot("page.png")
	ann.prefers("dark")
	ann.screenshot("page-dark.png")
	chinese.play(t, b, "茶室").screenshot("page-chinese.png")

	ann.prefers("light")
	ann.run(chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2)))
	ann.until("the newest is in sight on a phone as well", atBottom)
	ann.screenshot("page-phone.png")
	if got := ann.eval("document.documentElement.scrollWidth <= innerWidth"); got != "true" {
		t.Error("on a phone the page is wider than the screen")
	}
	// innerText is what is rendered, for screen readers as well.
	ann.run(click(hook("menu")), chromedp.WaitVisible(hook("me")))
	if got := ann.eval(`document.querySelector('[data-testid="me"]').innerText`); !strings.Contains(got, "Ann") {
		t.Errorf("on a phone the button with one's name says only %q", got)
	}
	ann.screenshot("page-phone-rooms.png")
}

// prefers sets what the device prefers, light or dark.
func (tab *tab) prefers(scheme string) {
	tab.t.Helper()
	tab.looks("prefers-color-scheme", scheme)
	tab.until("it is "+scheme, `document.documentElement.dataset.theme === "`+scheme+`" && document.getAnimations().every((a) => a.playState === "finished")`)
}

// play lets people say all of it, and returns the page of the first of them.
func (s scene) play(t *testing.T, b *browser, name string) *tab {
	t.Helper()
	n := node.Start(t, node.Named("node-1"))
	page := b.open(n.URL+"/#"+name, 1200, 840)
	page.eval(`localStorage.setItem("chorus.language", "` + s.language + `")`)
	page.run(chromedp.Reload())
	page.enter(s.people[0])
	for _, room := range s.others {
		page.goTo(room.name)
		page.until("the list has "+room.name, `(`+roomList+`).includes("[`+room.name+`]")`)
	}
	page.goTo(name)

	// Who looks at the page talks in the background as well: that is one person.
	people := map[string]*client.Client{s.people[0]: n.Resume(t, s.people[0], page.eval(`localStorage.getItem("chorus.token")`), name, nil)}
	for _, who := range s.people[1:] {
		people[who] = n.Join(t, who, name)
	}
	join := func(who, room string) {
		t.Helper()
		if _, err := people[who].Join(t.Context(), room, nil); err != nil {
			t.Fatal(err)
		}
	}
	say := func(room string, lines []line) {
		t.Helper()
		said := map[string]client.Position{}
		for _, line := range lines {
			line.say(t, people, room, said)
		}
	}
	say(name, s.lines)
	for _, room := range s.others {
		for _, who := range s.people[1:] {
			join(who, room.name)
		}
		say(room.name, room.lines)
	}
	friend := s.direct[0].who
	alone := people[friend].Direct(people[s.people[0]])
	join(friend, alone)
	say(alone, s.direct)
	page.until("all is shown", shown+" === "+strconv.Itoa(len(s.lines)))
	page.until("and what goes on beside it", `document.querySelectorAll('[data-testid="badge"]:not([hidden])').length === 3`)
	page.until("and who is there", `document.querySelectorAll('[data-testid="here"] li').length === `+strconv.Itoa(len(s.people)))
	page.until("the friend as well", `document.querySelector('[data-testid="direct"] .here:not([hidden])') !== null`)
	page.until("and to the end", atBottom)
	return page
}

// say says a line in a room, and lets others react to it. said is where each text of before is.
func (l line) say(t *testing.T, people map[string]*client.Client, room string, said map[string]client.Position) {
	t.Helper()
	speaker := people[l.who]
	var at client.Position
	var err error
	if l.answers == "" {
		at, err = speaker.Send(t.Context(), room, client.NewKey(), l.text)
	} else {
		at, err = speaker.Reply(t.Context(), room, client.NewKey(), positionOf(t, said, l.answers), l.text)
	}
	if err != nil {
		t.Fatal(err)
	}
	said[l.text] = at
	for reaction := range strings.SplitSeq(l.reactions, ", ") {
		emoji, who, found := strings.Cut(reaction, " ")
		if !found {
			continue
		}
		if _, err := people[who].Change(t.Context(), "react", room, client.NewKey(), at, emoji); err != nil {
			t.Fatal(err)
		}
	}
}

// positionOf returns where the text is that begins so.
func positionOf(t *testing.T, said map[string]client.Position, beginning string) client.Position {
	t.Helper()
	for text, at := range said {
		if strings.HasPrefix(text, beginning) {
			return at
		}
	}
	t.Fatalf("nobody has said %q", beginning)
	return client.Position{}
}
