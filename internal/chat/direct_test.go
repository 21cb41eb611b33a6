package chat_test

import (
	"strings"
	"testing"

	"chorus/internal/chat"
)

func TestADirectRoomIsTheSameWhoeverOpensIt(t *testing.T) {
	for _, s := range []string{"~ann~Bob", "~Bob~ann"} {
		if room, err := chat.Place(s); err != nil || room != "~Bob~ann" || room != chat.Direct("ann", "Bob") {
			t.Errorf("%s is %q, %v", s, room, err)
		}
	}
	if a, b, ok := chat.Parties("~Bob~ann"); a != "Bob" || b != "ann" || !ok {
		t.Errorf("the parties are %q and %q, %v", a, b, ok)
	}
	for user, want := range map[string]string{"Bob": "ann", "ann": "Bob", "eve": "", "": ""} {
		if other, ok := chat.Partner("~Bob~ann", user); other != want || ok != (want != "") {
			t.Errorf("the partner of %q is %q, %v", user, other, ok)
		}
	}
	if _, ok := chat.Partner("lobby", "ann"); ok {
		t.Error("somebody has a partner in the lobby")
	}
}

func TestWhatIsNoDirectRoomIsRefused(t *testing.T) {
	long := strings.Repeat("x", chat.MaxKeyChars+1)
	for _, s := range []string{"~", "~~", "~ann", "~ann~", "~~ann", "~ann~ann", "~ann~bob~eve", "~ann~b b", "~ann~b:b", "~ann~{b}", "~a*~b",
		"~ann~\n", "~ann~" + long, "~ann~\u200b", "@", "@ann", "@~ann~bob"} {
		if room, err := chat.Place(s); err == nil {
			t.Errorf("%q is the room %q", s, room)
		}
	}
	for _, s := range []string{"~ann~bob", "@ann"} {
		if room, err := chat.Room(s); err == nil {
			t.Errorf("%q is the ordinary room %q", s, room)
		}
	}
	if room, err := chat.Place("Lobby"); err != nil || room != "lobby" {
		t.Errorf("a room is %q, %v", room, err)
	}
}
