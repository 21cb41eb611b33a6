package wire_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

func TestCommandsThatChangeAMessageAreDecoded(t *testing.T) {
	of := chat.Position{Seq: 4, ID: "x"}
	for line, want := range map[string]chat.Draft{
		`{"id":1,"edit":{"room":"Tea","key":"k","of":{"seq":4,"id":"x"},"text":"a\r\nb"}}`:  {Text: "a\nb", Change: &chat.Change{Of: of, Kind: chat.Edit}},
		`{"id":1,"delete":{"room":"Tea","key":"k","of":{"seq":4,"id":"x"}}}`:                {Change: &chat.Change{Of: of, Kind: chat.Delete}},
		`{"id":1,"react":{"room":"Tea","key":"k","of":{"seq":4,"id":"x"},"emoji":"👍🏽"}}`:    {Change: &chat.Change{Of: of, Kind: chat.React, Emoji: "👍🏽"}},
		`{"id":1,"unreact":{"room":"Tea","key":"k","of":{"seq":4,"id":"x"},"emoji":"1️⃣"}}`: {Change: &chat.Change{Of: of, Kind: chat.Unreact, Emoji: "1️⃣"}},
	} {
		want.Key = "k"
		c, err := wire.Decode([]byte(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		room, got, ok := c.Change()
		if !ok || room != "tea" || !reflect.DeepEqual(got, want) || string(got.Change.Kind) != c.Verb() {
			t.Errorf("%s: %q, %+v, %v", line, room, got, ok)
		}
	}
	c, err := wire.Decode([]byte(`{"id":1,"send":{"room":"tea","key":"k","text":"hi","reply":{"seq":4,"id":"x"}}}`))
	if err != nil || *c.Send.Reply != of {
		t.Fatalf("got %+v, %v", c.Send, err)
	}
	if _, _, ok := c.Change(); ok {
		t.Error("a message counts as a change")
	}
}

func TestChangesAndWhatBecameOfAMessageAreEncoded(t *testing.T) {
	const end = `,"time":"2026-11-24T09:30:00.000Z"`
	of := chat.Position{Seq: 4, ID: "x"}
	for want, m := range map[string]chat.Message{
		`,"change":{"of":{"seq":4,"id":"x"},"kind":"edit"},"text":"new"` + end:                      {Draft: chat.Draft{Text: "new", Change: &chat.Change{Of: of, Kind: chat.Edit}}},
		`,"change":{"of":{"seq":4,"id":"x"},"kind":"edit"}` + end:                                   {Draft: chat.Draft{Change: &chat.Change{Of: of, Kind: chat.Edit}}},
		`,"change":{"of":{"seq":4,"id":"x"},"kind":"delete"}` + end:                                 {Draft: chat.Draft{Change: &chat.Change{Of: of, Kind: chat.Delete}}},
		`,"change":{"of":{"seq":4,"id":"x"},"kind":"react","emoji":"👍"}` + end:                      {Draft: chat.Draft{Change: &chat.Change{Of: of, Kind: chat.React, Emoji: "👍"}}},
		`,"reply":{"seq":4,"id":"x","user":{"id":"b","name":"B"},"text":"t\""},"text":"hi"` + end:   {Draft: chat.Draft{Text: "hi", Reply: &chat.Reply{Position: of, User: chat.User{ID: "b", Name: "B"}, Text: `t"`}}},
		`,"reply":{"seq":4,"id":"x","user":{"id":"b","name":"B"},"deleted":true},"text":"hi"` + end: {Draft: chat.Draft{Text: "hi", Reply: &chat.Reply{Position: of, User: chat.User{ID: "b", Name: "B"}, Deleted: true}}},
		end + `,"deleted":true`: {Folded: &chat.Folded{Deleted: true}},
		`,"text":"hi"` + end + `,"edited":true,"reactions":[{"emoji":"👍","users":["a","b"]},{"emoji":"😀","users":["c"]}]`: {
			Draft:  chat.Draft{Text: "hi"},
			Folded: &chat.Folded{Edited: true, Reactions: []chat.Reaction{{Emoji: "👍", Users: []string{"a", "b"}}, {Emoji: "😀", Users: []string{"c"}}}},
		},
	} {
		m.Room, m.Seq, m.ID, m.Key, m.User = "a", 7, "i", "k", chat.User{ID: "u", Name: "U"}
		m.Time = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
		want = `{"room":"a","seq":7,"id":"i","key":"k","user":{"id":"u","name":"U"}` + want + `}`
		got := wire.AppendMessageObject(nil, &m)
		if string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if size := wire.EncodedSize(&m); size < len(wire.AppendMessage(nil, &m)) || size > len(got)+250 {
			t.Errorf("%d bytes are estimated to be %d", len(got), size)
		}
	}
}

func TestAnOrdinaryMessageIsEncodedWithoutAllocating(t *testing.T) {
	m := chat.Message{Room: "a", Seq: 7, ID: "i", Time: time.Now().UTC(), Draft: chat.Draft{Key: "k", User: chat.User{ID: "u", Name: "U"}, Text: "hello"}}
	b := make([]byte, 0, 1000)
	if allocs := testing.AllocsPerRun(100, func() { wire.AppendMessage(b, &m) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestPlainTextHearsOfEditsAlone(t *testing.T) {
	edit := func(kind chat.Kind, text string) chat.Message {
		return chat.Message{Draft: chat.Draft{Text: text, Change: &chat.Change{Kind: kind}}}
	}
	f := wire.MessagesFrame([]chat.Message{
		{Draft: chat.Draft{Text: "frist"}}, edit(chat.Edit, "first"), edit(chat.Edit, ""), edit(chat.Delete, ""), edit(chat.React, ""),
		{Folded: &chat.Folded{Deleted: true}}, {Draft: chat.Draft{Text: "last"}},
	})
	if got := strings.Join(f.Texts, "|"); got != "frist|* first|last" {
		t.Errorf("got %q", got)
	}
}
