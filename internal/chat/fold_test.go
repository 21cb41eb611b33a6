package chat_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"chorus/internal/chat"
)

var ann, bob = chat.User{ID: "ann"}, chat.User{ID: "bob"}

// talk is a log that a test writes.
type talk []chat.Message

func (l *talk) say(u chat.User, text string) *chat.Message {
	return l.add(chat.Draft{User: u, Text: text})
}

func (l *talk) answer(of uint64, u chat.User, text string) {
	m := (*l)[of-1]
	l.add(chat.Draft{User: u, Text: text, Reply: &chat.Reply{Position: m.Position(), User: m.User, Text: chat.Excerpt(m.Text)}})
}

func (l *talk) change(of uint64, u chat.User, kind chat.Kind, what string) {
	d := chat.Draft{User: u, Change: &chat.Change{Of: (*l)[of-1].Position(), Kind: kind}}
	if kind == chat.Edit {
		d.Text = what
	} else {
		d.Change.Emoji = what
	}
	l.add(d)
}

func (l *talk) add(d chat.Draft) *chat.Message {
	seq := uint64(len(*l) + 1)
	*l = append(*l, chat.Message{Seq: seq, ID: fmt.Sprint("id", seq), Draft: d})
	return &(*l)[seq-1]
}

// shown writes messages as people see them.
func shown(messages []chat.Message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "%d", m.Seq)
		if m.Reply != nil {
			fmt.Fprintf(&b, " (%s %v)", m.Reply.Text, m.Reply.Deleted)
		}
		if m.Change != nil {
			fmt.Fprintf(&b, " %s%s", m.Change.Kind, m.Change.Emoji)
		}
		fmt.Fprintf(&b, " %q", m.Text)
		if f := m.Folded; f != nil {
			fmt.Fprintf(&b, " %v %v %v", f.Edited, f.Deleted, f.Reactions)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestWhoComesLaterIsShownWhatIsInForce(t *testing.T) {
	var log talk
	log.say(ann, "frist")
	log.answer(1, bob, "what?")
	log.say(bob, "a secret")
	log.answer(3, ann, "oh")
	log.change(1, ann, chat.Edit, "fisrt")
	log.change(3, bob, chat.Edit, "a secret!")
	log.change(1, bob, chat.React, "👍")
	log.change(1, ann, chat.React, "👍")
	log.change(1, ann, chat.React, "👍")
	log.change(1, ann, chat.React, "❤️")
	log.change(1, ann, chat.Unreact, "❤️")
	log.change(1, ann, chat.Unreact, "😀")
	log.change(3, ann, chat.React, "😀")
	log.change(1, ann, chat.Edit, "first")
	log.change(3, bob, chat.Delete, "")
	log.change(3, bob, chat.Edit, "nothing counts after that")
	log.say(ann, "as it was")
	before := shown(log)

	c := chat.Changes{}
	for i := range log {
		c.Apply(&log[i])
	}
	const want = `1 "first" true false [{👍 [ann bob]}]
2 (first false) "what?"
3 "" false true []
4 ( true) "oh"
5 edit ""
6 edit ""
7 react👍 ""
8 react👍 ""
9 react👍 ""
10 react❤️ ""
11 unreact❤️ ""
12 unreact😀 ""
13 react😀 ""
14 edit "first"
15 delete ""
16 edit ""
17 "as it was"
`
	folded := c.Fold(log)
	if got := shown(folded); got != want {
		t.Errorf("shown is\n%s, want\n%s", got, want)
	}
	if got := shown(log); got != before {
		t.Errorf("the log has become\n%s", got)
	}

	again := chat.Changes{}
	for range 2 { // applied twice over it is the same
		for i := range log {
			again.Apply(&log[i])
		}
	}
	if !reflect.DeepEqual(again, c) {
		t.Errorf("applied twice it is %+v", again)
	}
}

func TestWhereNothingWasChangedNothingIsCopied(t *testing.T) {
	var log talk
	log.say(ann, "hello")
	log.answer(1, bob, "hi")
	if allocs := testing.AllocsPerRun(10, func() { chat.Changes(nil).Fold(log) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestAnEditOfWhatIsNotKnownIsNotHandedOut(t *testing.T) {
	var log talk
	log.say(ann, "hello")
	log.change(1, ann, chat.Edit, "perhaps deleted since")
	if got := chat.Changes(nil).Fold(log[1:]); got[0].Text != "" {
		t.Errorf("handed out is %q", got[0].Text)
	}
}
