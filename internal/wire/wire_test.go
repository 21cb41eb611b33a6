package wire_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

func TestCommandsAreDecodedAndNormalised(t *testing.T) {
	c, err := wire.Decode([]byte(`{"id":7,"send":{"room":"Tea-Room","key":"k-1","text":"a\r\nb"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != 7 || *c.Send != (wire.Send{Room: "tea-room", Key: "k-1", Text: "a\nb"}) {
		t.Fatalf("got %+v", c.Send)
	}
	c, err = wire.Decode([]byte(`{"join":{"room":"lobby","since":{"seq":41,"id":"x"}},"id":9007199254740991}`))
	if err != nil || c.ID != 1<<53-1 || *c.Join.Since != (chat.Position{Seq: 41, ID: "x"}) {
		t.Fatalf("got %+v, %v", c, err)
	}
	c, err = wire.Decode([]byte(`{"id":1,"history":{"room":"lobby"}}`))
	if err != nil || c.History.Limit != wire.DefaultHistory || c.History.Before != nil {
		t.Fatalf("got %+v, %v", c, err)
	}
}

func TestRefusalsNameTheFieldAndAnswerTheCommand(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		line, field, says string
		id                uint64
	}{
		{`{"id":3,"send":{"room":"a","key":"k","text":"hi","colour":"red"}}`, "send.colour", "unknown field", 3},
		{`{"send":{"room":"a","key":"k","text":"hi","colour":"red"},"id":3}`, "send.colour", "unknown field", 3},
		{`{"id":3,"SEND":{}}`, "SEND", "unknown field", 3},
		{`{"id":3,"send":{"room":"a","room":"b","key":"k","text":"hi"}}`, "send.room", "doubled field", 0},
		{`{"id":3,"id":4,"ping":{}}`, "id", "doubled field", 0},
		{`{"id":3,"send":{"room":"a","key":"k","text":5}}`, "send.text", "number does not fit", 3},
		{`{"id":3,"send":[]}`, "send", "array does not fit", 3},
		{`{"id":3,"send":{"room":"a","key":"k","text":"` + long + `"}}`, "send.text", "5000 characters, the limit is 4000", 3},
		{`{"id":3,"send":{"room":"a b","key":"k","text":"hi"}}`, "send.room", "allowed", 3},
		{`{"id":3,"send":{"room":"a","text":"hi"}}`, "send.key", "is missing", 3},
		{`{"id":3,"join":{}}`, "join.room", "is missing", 3},
		{`{"id":3,"join":{"room":"~ann"}}`, "join.room", "ids of two users", 3},
		{`{"id":3,"join":{"room":"~ann~ann"}}`, "join.room", "not for one with themselves", 3},
		{`{"id":3,"join":{"room":"@ann"}}`, "join.room", "allowed", 3},
		{`{"id":3,"read":{"room":"a"}}`, "read.at", "is missing", 3},
		{`{"id":3,"read":{"room":"a","at":{"seq":4,"id":""}}}`, "read.at", "needs its id", 3},
		{`{"id":3,"mailbox":{"room":"a"}}`, "mailbox.room", "unknown field", 3},
		{`{"id":3,"join":{"room":"a","since":{"seq":-1,"id":""}}}`, "join.since.seq", "does not fit", 3},
		{`{"id":3,"join":{"room":"a","since":{"seq":99999999999999999999999,"id":""}}}`, "join.since.seq", "does not fit", 3},
		{`{"id":3,"join":{"room":"a","since":{"seq":0,"id":"x"}}}`, "join.since", "seq 0 has none", 3},
		{`{"id":3,"history":{"room":"a","before":{"seq":4,"id":""}}}`, "history.before", "needs its id", 3},
		{`{"id":3,"connect":{}}`, "connect.name", "is missing", 3},
		{`{"id":3,"history":{"room":"a","limit":101}}`, "history.limit", "from 1 to 100, not 101", 3},
		{`{"id":3,"history":{"room":"a","limit":-1}}`, "history.limit", "from 1 to 100, not -1", 3},
		{`{"id":3,"send":{"room":"a","key":"k","text":"hi","reply":{"seq":0,"id":""}}}`, "send.reply", "is missing", 3},
		{`{"id":3,"send":{"room":"a","key":"k","text":"hi","reply":{"seq":4}}}`, "send.reply", "needs its id", 3},
		{`{"id":3,"send":{"room":"a","key":"k","text":"hi","reply":{"seq":4,"id":"x","text":"not said by them"}}}`, "send.reply.text", "unknown field", 3},
		{`{"id":3,"edit":{"room":"a","key":"k","of":{"seq":4,"id":"x"}}}`, "edit.text", "is missing", 3},
		{`{"id":3,"edit":{"room":"a","key":"k","text":"hi"}}`, "edit.of", "is missing", 3},
		{`{"id":3,"edit":{"room":"a","of":{"seq":4,"id":"x"},"text":"hi"}}`, "edit.key", "is missing", 3},
		{`{"id":3,"delete":{"room":"a","key":"k","of":{"seq":4}}}`, "delete.of", "needs its id", 3},
		{`{"id":3,"delete":{"room":"a","key":"k","of":{"seq":9007199254740992,"id":"x"}}}`, "delete.of.seq", "at most", 3},
		{`{"id":3,"delete":{"room":"a","key":"k","of":{"seq":4,"id":"x"},"text":"hi"}}`, "delete.text", "unknown field", 3},
		{`{"id":3,"react":{"room":"a","key":"k","of":{"seq":4,"id":"x"}}}`, "react.emoji", "is missing", 3},
		{`{"id":3,"react":{"room":"a b","key":"k","of":{"seq":4,"id":"x"},"emoji":"👍"}}`, "react.room", "allowed", 3},
		{`{"id":3,"unreact":{"room":"a","key":"k","of":{"seq":4,"id":"x"},"emoji":"no"}}`, "unreact.emoji", "is not one emoji", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"burn","user":"u"}}`, "moderate.action", "must be one of kick", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"kick","user":"u","seconds":5}}`, "moderate.seconds", "for mute and ban", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"ban","user":"u","seconds":-1}}`, "moderate.seconds", "from 0", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"ban","user":"u","seconds":315360001}}`, "moderate.seconds", "to 315360000", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"ban","user":"u:v"}}`, "moderate.user", "is not the id", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"ban"}}`, "moderate.user", "is not the id", 3},
		{`{"id":3,"moderate":{"room":"a","action":"ban","user":"u"}}`, "moderate.key", "is missing", 3},
		{`{"id":3,"moderate":{"room":"@b","key":"k","action":"ban","user":"u"}}`, "moderate.room", "allowed", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"ban","user":"u","reason":"` + long[:201] + `"}}`, "moderate.reason", "the limit is 200", 3},
		{`{"id":3,"moderate":{"room":"a","key":"k","action":"ban","user":"u","reason":" "}}`, "moderate.reason", "only white space", 3},
		{`{"id":3,"announce":{"room":"@","key":"k"}}`, "announce.text", "is missing", 3},
		{`{"id":3,"announce":{"room":"","key":"k","text":"hi"}}`, "announce.room", "is missing", 3},
		{`{"id":3,"sanctions":{}}`, "sanctions.room", "is missing", 3},
		{`{"id":3,"send":{"room":"@","key":"k","text":"hi"}}`, "send.room", "allowed", 3},
		{`{"id":3,"join":{"room":"@"}}`, "join.room", "allowed", 3},
		{`{"id":3}`, "command", "0 verbs", 3},
		{`{"id":3,"ping":{},"leave":{"room":"a"}}`, "command", "2 verbs", 3},
		{`{"ping":{}}`, "id", "from 1 to", 0},
		{`{"id":0,"ping":{}}`, "id", "from 1 to", 0},
		{`{"id":9007199254740992,"ping":{}}`, "id", "from 1 to", 0},
		{`{"id":1.5,"ping":{}}`, "id", "does not fit", 0},
		{`{"id":3,"ping":{}} {"id":4,"ping":{}}`, "command", "not valid JSON", 0},
		{`{"id":3,"ping":{}`, "command", "not valid JSON", 0},
		{`hello`, "command", "not valid JSON", 0},
		{`[]`, "command", "array does not fit", 0},
		{``, "command", "not valid JSON", 0},
		{"{\"id\":3,\"send\":{\"room\":\"a\",\"key\":\"k\",\"text\":\"\xff\"}}", "send.text", "not valid", 0},
		{strings.Repeat(`{"id":`, 3000), "", "", 0},
		{`{"id":3,"` + long + `":1}`, strings.Repeat("x", 40) + "…", "unknown field", 3},
	} {
		got, err := wire.Decode([]byte(c.line))
		var refusal *wire.Error
		if !errors.As(err, &refusal) {
			t.Errorf("%.80s: %v, want a refusal", c.line, err)
			continue
		}
		if refusal.Code != wire.CodeBadRequest || c.field != "" && refusal.Field != c.field || !strings.Contains(refusal.Message, c.says) || got.ID != c.id {
			t.Errorf("%.80s: id %d, %+v; want id %d, field %q, %q", c.line, got.ID, refusal, c.id, c.field, c.says)
		}
	}
}

func TestMessagesAreEncodedOnOneLine(t *testing.T) {
	m := chat.Message{
		Room: "tea-room", Seq: 42, ID: "id42", Prev: "id41",
		Time:  time.Date(2026, 11, 24, 9, 30, 0, 120e6, time.UTC),
		Draft: chat.Draft{Key: "k", User: chat.User{ID: "u", Name: `A "B" C`}, Text: "two\nlines <b> \u2028 語"},
	}
	line := wire.AppendMessage(nil, &m)
	if bytes.ContainsAny(line, "\n") {
		t.Fatalf("a line break in %s", line)
	}
	var event struct {
		Message struct {
			Room, ID, Key, Text, Time string
			Seq                       uint64
			User                      chat.User
		} `json:"message"`
	}
	if err := json.Unmarshal(line, &event, json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	got := event.Message
	if got.Seq != 42 || got.ID != "id42" || got.Room != m.Room || got.Key != "k" || got.User != m.User || got.Text != m.Text || got.Time != "2026-11-24T09:30:00.120Z" {
		t.Fatalf("got %+v from %s", got, line)
	}
}

func TestEventsCarryOnlyWhatTheyMean(t *testing.T) {
	for want, e := range map[string]wire.Event{
		`{"id":6,"pong":{}}`: {ID: 6, Pong: &wire.Ping{}},
		`{"reset":{"room":"a","reason":"fork","head":{"seq":0,"id":""}}}`:                 {Reset: &wire.Reset{Room: "a", Reason: wire.ReasonFork}},
		`{"id":2,"joined":{"room":"a","head":{"seq":0,"id":""},"access":"write"}}`:        {ID: 2, Joined: &wire.Joined{Room: "a", Access: "write"}},
		`{"id":3,"sent":{"room":"a","seq":1,"id":"x","time":"t"}}`:                        {ID: 3, Sent: &wire.Sent{Room: "a", Seq: 1, ID: "x", Time: "t"}},
		`{"id":4,"history":{"room":"a","messages":[],"more":false}}`:                      {ID: 4, History: &wire.HistoryPage{Room: "a"}},
		`{"error":{"code":"unavailable","message":"m","retryable":true}}`:                 {Error: wire.TryAgain(wire.CodeUnavailable, "m")},
		`{"error":{"code":"bad_request","message":"f: r","field":"f","retryable":false}}`: {Error: wire.BadRequest("f", "r")},
	} {
		if got := string(wire.EventFrame(e).Lines); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":1,"moderate":{"room":"@","key":"k","action":"ban","user":"u","seconds":60,"reason":"spam"}}`))
	f.Add([]byte(`{"id":1,"announce":{"room":"lobby","key":"k","text":"hi"}}`))
	f.Add([]byte(`{"id":1,"edit":{"room":"lobby","key":"k","of":{"seq":1,"id":"x"},"text":"hi"}}`))
	f.Add([]byte(`{"id":1,"unreact":{"room":"lobby","key":"k","of":{"seq":1,"id":"x"},"emoji":"👍🏽"}}`))
	f.Add([]byte(`{"id":1,"send":{"room":"lobby","key":"k","text":"hi"}}`))
	f.Add([]byte(`{"id":1,"join":{"room":"lobby","since":{"seq":1,"id":"x"}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		c, err := wire.Decode(line)
		var refusal *wire.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%q: %T is not a refusal", line, err)
		}
		if err == nil && c.Send != nil {
			if room, err := chat.Room(c.Send.Room); err != nil || room != c.Send.Room {
				t.Fatalf("%q: the room %q is not normal", line, c.Send.Room)
			}
		}
		if m := c.Moderate; err == nil && m != nil && (chat.UserID(m.User) != nil || m.Seconds < 0 || m.Seconds != 0 && !m.Action.Lasts()) {
			t.Fatalf("%q: %+v is not normal", line, m)
		}
		room, d, ok := c.Change()
		if err != nil || !ok {
			return
		}
		if folded, err := chat.Room(room); err != nil || folded != room || d.Change.Of.Seq == 0 || d.Change.Of.ID == "" || chat.Key(d.Key) != nil {
			t.Fatalf("%q: %q, %+v are not normal", line, room, d)
		}
		if d.Change.Emoji != "" && strings.ContainsAny(d.Change.Emoji, " \x00\n") {
			t.Fatalf("%q: the emoji %q can't stand in the database", line, d.Change.Emoji)
		}
	})
}
