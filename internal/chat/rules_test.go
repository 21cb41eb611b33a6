package chat_test

import (
	"errors"
	"strings"
	"testing"

	"chorus/internal/chat"
)

func TestRoomsAreFoldedToOneName(t *testing.T) {
	for in, want := range map[string]string{
		"lobby":                 "lobby",
		"Tea-Room_2.0":          "tea-room_2.0",
		"聊天室":                   "聊天室",
		"Cafe\u0301":            "café",
		"ＷＩＤＥ":                  "wide",
		"नमस्ते":                "नमस्ते",
		strings.Repeat("ä", 64): strings.Repeat("ä", 64),
	} {
		if got, err := chat.Room(in); err != nil || got != want {
			t.Errorf("Room(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestRoomsThatCouldConfuseAKeyOrAPersonAreRefused(t *testing.T) {
	for _, in := range []string{
		"", " ", "a b", "a:b", "{a}", "a}", "a*", "a?", "[a]", "a\nb", "a\x00", "a/b", ".hidden", "..",
		"a\u200bb", "a\u202eb", "\xff\xfe", "😀", strings.Repeat("x", 65),
	} {
		if got, err := chat.Room(in); err == nil {
			t.Errorf("Room(%q) = %q, want an error", in, got)
		} else {
			wantField(t, err, "room")
		}
	}
}

func TestNamesAreCleaned(t *testing.T) {
	for in, want := range map[string]string{
		"Ann":                   "Ann",
		"  Ann   Lee ":          "Ann Lee",
		"安":                     "安",
		"Zoë 🎵":                 "Zoë 🎵",
		"<b>Ann</b>":            "<b>Ann</b>",
		strings.Repeat("é", 40): strings.Repeat("é", 40),
	} {
		if got, err := chat.Name(in); err != nil || got != want {
			t.Errorf("Name(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "   ", "a\u202eb", "a\u2066b", "a\u200bb", "a\x07", "\xff", strings.Repeat("x", 41), strings.Repeat(" ", 10_000)} {
		if got, err := chat.Name(in); err == nil {
			t.Errorf("Name(%q) = %q, want an error", in, got)
		} else {
			wantField(t, err, "name")
		}
	}
}

func TestTextsKeepWhatPeopleWroteButNoControls(t *testing.T) {
	if got, err := chat.Text(" two\r\n\tlines\n"); err != nil || got != " two\n\tlines\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := chat.Text(strings.Repeat("語", chat.MaxTextChars)); err != nil {
		t.Errorf("a text at the limit is refused: %v", err)
	}
	for _, in := range []string{"", " \n\t ", "\x00", "bell\x07", "a\rb", "\xc3\x28", strings.Repeat("x", chat.MaxTextChars+1)} {
		if _, err := chat.Text(in); err == nil {
			t.Errorf("Text(%q) is allowed", in)
		} else {
			wantField(t, err, "text")
		}
	}
}

func TestAvatarsAreAddressesOfPictures(t *testing.T) {
	for _, in := range []string{"", "https://example.com/ann.png?size=64"} {
		if got, err := chat.Avatar(in); err != nil || got != in {
			t.Errorf("Avatar(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"http://example.com/x", "javascript:alert(1)", "//example.com/x", "https://", "https://me:secret@example.com/", "https://example.com/" + strings.Repeat("x", 500)} {
		if _, err := chat.Avatar(in); err == nil {
			t.Errorf("Avatar(%q) is allowed", in)
		} else {
			wantField(t, err, "avatar")
		}
	}
}

func TestKeysAreShortAndPlain(t *testing.T) {
	if err := chat.Key(chat.NewID()); err != nil {
		t.Error(err)
	}
	for _, in := range []string{"", "a b", "a:b", "{k}", "ключ", strings.Repeat("k", 65)} {
		if err := chat.Key(in); err == nil {
			t.Errorf("Key(%q) is allowed", in)
		} else {
			wantField(t, err, "key")
		}
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var fieldErr *chat.FieldError
	if !errors.As(err, &fieldErr) || fieldErr.Field != field {
		t.Errorf("error %v (%T) does not name the field %s", err, err, field)
	}
}
