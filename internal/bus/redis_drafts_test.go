package bus

import (
	"testing"

	"chorus/internal/chat"
)

func TestWhatIsPublishedTogetherKnowsOfOneLogAndRepeatsNothing(t *testing.T) {
	said := func(seq uint64, id, key string) *draft {
		return &draft{known: chat.Position{Seq: seq, ID: id}, Draft: chat.Draft{User: chat.User{ID: "ann"}, Key: key}}
	}
	act := said(1, "a", "act")
	act.Act = &chat.Act{Kind: chat.Mute}
	for name, queue := range map[string][]*draft{
		"another log":             {said(1, "a", "1"), said(1, "a", "2"), said(1, "b", "3")},
		"another log than others": {said(1, "a", "1"), said(2, "b", "2"), said(2, "c", "3")},
		"a repeat":                {said(1, "a", "1"), said(2, "b", "2"), said(2, "b", "2")},
		"what a moderator does":   {said(1, "a", "1"), said(1, "a", "2"), act},
	} {
		if n := together(queue); n != 2 {
			t.Errorf("%s: %d go together, not those before it", name, n)
		}
	}
}
