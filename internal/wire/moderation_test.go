package wire_test

import (
	"strings"
	"testing"
	"time"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

func TestModeratorsCommandsAreDecoded(t *testing.T) {
	c, err := wire.Decode([]byte(`{"id":1,"moderate":{"room":"Tea","key":"k","action":"ban","user":"u","seconds":60,"reason":"spam"}}`))
	if err != nil || *c.Moderate != (wire.Moderate{Room: "tea", Key: "k", Action: chat.Ban, User: "u", Seconds: 60, Reason: "spam"}) || c.Verb() != "moderate" {
		t.Errorf("got %+v, %v", c.Moderate, err)
	}
	c, err = wire.Decode([]byte(`{"id":1,"moderate":{"room":"@","key":"k","action":"unmute","user":"u"}}`))
	if err != nil || *c.Moderate != (wire.Moderate{Room: chat.Everywhere, Key: "k", Action: chat.Unmute, User: "u"}) {
		t.Errorf("got %+v, %v", c.Moderate, err)
	}
	c, err = wire.Decode([]byte(`{"id":1,"announce":{"room":"@","key":"k","text":"a\r\nb"}}`))
	if err != nil || *c.Announce != (wire.Announce{Room: chat.Everywhere, Key: "k", Text: "a\nb"}) || c.Verb() != "announce" {
		t.Errorf("got %+v, %v", c.Announce, err)
	}
	c, err = wire.Decode([]byte(`{"id":1,"sanctions":{"room":"Tea"}}`))
	if err != nil || c.Sanctions.Room != "tea" || c.Verb() != "sanctions" {
		t.Errorf("got %+v, %v", c.Sanctions, err)
	}
}

func TestActsAndAnnouncementsAreEncoded(t *testing.T) {
	const end = `,"time":"2026-11-24T09:30:00.000Z"`
	at := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	for want, d := range map[string]chat.Draft{
		`,"act":{"kind":"ban","user":{"id":"b","name":"B"},"until":"2026-11-24T09:30:00.000Z"},"text":"spam"` + end: {Text: "spam", Act: &chat.Act{Kind: chat.Ban, User: chat.User{ID: "b", Name: "B"}, Until: at}},
		`,"act":{"kind":"kick","user":{"id":"b"}}` + end:                                                            {Act: &chat.Act{Kind: chat.Kick, User: chat.User{ID: "b"}}},
		`,"announcement":true,"text":"hear ye"` + end:                                                               {Text: "hear ye", Announcement: true},
	} {
		m := chat.Message{Room: "a", Seq: 7, ID: "i", Time: at, Draft: d}
		m.Key, m.User = "k", chat.User{ID: "u", Name: "U"}
		want = `{"room":"a","seq":7,"id":"i","key":"k","user":{"id":"u","name":"U"}` + want + `}`
		got := string(wire.AppendMessageObject(nil, &m))
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if size := wire.EncodedSize(&m); size < len(wire.AppendMessage(nil, &m)) || size > len(got)+250 {
			t.Errorf("%d bytes are estimated to be %d", len(got), size)
		}
	}
}

func TestPlainTextIsToldOfActs(t *testing.T) {
	act := func(kind chat.ActKind, name, reason string) chat.Message {
		return chat.Message{Draft: chat.Draft{User: chat.User{Name: "Ann"}, Text: reason, Act: &chat.Act{Kind: kind, User: chat.User{ID: "u", Name: name}}}}
	}
	f := wire.MessagesFrame([]chat.Message{act(chat.Ban, "Bob", "spam"), act(chat.Kick, "", ""), {Draft: chat.Draft{Text: "hear ye", Announcement: true}}})
	if got := strings.Join(f.Texts, "|"); got != "* Ann banned Bob: spam|* Ann removed u|hear ye" {
		t.Errorf("got %q", got)
	}
}

func TestWhoIsSanctionedIsToldUntilWhen(t *testing.T) {
	e := wire.Sanctioned(chat.Mute, time.Now().Add(time.Hour))
	if e.Code != wire.CodeForbidden || e.Retryable || e.RetryAfterMS < 3590e3 || e.RetryAfterMS > 3601e3 || !strings.Contains(e.Message, "muted") {
		t.Errorf("got %+v", e)
	}
	if e := wire.Sanctioned(chat.Ban, time.Time{}); e.RetryAfterMS != 0 || e.Message != "you are banned" {
		t.Errorf("got %+v", e)
	}
	want := `{"id":3,"sanctions":{"room":"a","sanctions":[{"user":{"id":"u"},"kind":"ban"},{"user":{"id":"v","name":"V"},"kind":"mute","until":"2026-11-24T09:30:00.000Z"}]}}`
	list := wire.NewSanctionList("a", []chat.Sanction{
		{User: chat.User{ID: "u"}, Kind: chat.Ban},
		{User: chat.User{ID: "v", Name: "V"}, Kind: chat.Mute, Until: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)},
	})
	if got := string(wire.EventFrame(wire.Event{ID: 3, Sanctions: list}).Lines); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(wire.EventFrame(wire.Event{Sanctions: wire.NewSanctionList("a", nil)}).Lines); got != `{"sanctions":{"room":"a","sanctions":[]}}` {
		t.Errorf("got %s", got)
	}
}
