package history_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"chorus/tests/chaos/history"
)

// good is a run in which nothing is wrong: three messages in one room, two people, one of whom came
// back in between.
func good() *history.Run {
	r := &history.Run{Views: map[history.View][]history.Shown{}, Logs: map[string][]history.Entry{}}
	prev := ""
	for i := 1; i <= 3; i++ {
		at := history.Position{Seq: uint64(i), ID: fmt.Sprint("id", i)}
		key, text := fmt.Sprint("k", i), fmt.Sprint("text ", i)
		begin := time.Duration(i) * time.Second
		r.Sends = append(r.Sends, history.Send{
			Person: "Ann", User: "ann", Room: "lobby", Key: key, Text: text,
			Invoked: begin, Answered: begin + time.Millisecond, Outcome: history.OK, At: at,
		})
		r.Logs["lobby"] = append(r.Logs["lobby"], history.Entry{Position: at, Prev: prev, User: "ann", Key: key, Text: text})
		prev = at.ID
	}
	r.Views[history.View{Person: "Ann", Room: "lobby"}] = []history.Shown{joined(nil), shown(1), shown(2), shown(3)}
	r.Views[history.View{Person: "Bob", Room: "lobby"}] = []history.Shown{joined(nil), shown(2), joined(shown(2).At), shown(3)}
	return r
}

func shown(i int) history.Shown {
	return history.Shown{
		Kind: history.Message, At: &history.Position{Seq: uint64(i), ID: fmt.Sprint("id", i)},
		User: "ann", Key: fmt.Sprint("k", i), Text: fmt.Sprint("text ", i),
	}
}

func joined(at *history.Position) history.Shown {
	return history.Shown{Kind: history.Joined, At: at}
}

var (
	bob   = history.View{Person: "Bob", Room: "lobby"}
	reset = history.Shown{Kind: history.Reset, Reason: "fork"}
)

func TestARunInWhichNothingIsWrongPasses(t *testing.T) {
	r := good()
	r.Sends = append(r.Sends,
		history.Send{Person: "Bob", User: "bob", Room: "lobby", Key: "u", Outcome: history.Unknown},
		history.Send{Person: "Bob", User: "bob", Room: "lobby", Key: "f", Outcome: history.Failed})
	if v := history.Check(r); len(v) > 0 {
		t.Errorf("got %v", v)
	}
}

func TestEachRuleIsChecked(t *testing.T) {
	for _, c := range []struct {
		what string
		rule string
		harm func(r *history.Run)
	}{
		{"an acknowledged message is lost", history.AckedOnce, func(r *history.Run) { r.Logs["lobby"] = r.Logs["lobby"][:2] }},
		{"it is at another place", history.AckedOnce, func(r *history.Run) { r.Sends[1].At.ID = "another" }},
		{"it is stored twice", history.NeverTwice, func(r *history.Run) {
			e := r.Logs["lobby"][2]
			e.Position, e.Prev = history.Position{Seq: 4, ID: "id4"}, "id3"
			r.Logs["lobby"] = append(r.Logs["lobby"], e)
		}},
		{"what was refused is stored", history.RefusedNever, func(r *history.Run) { r.Sends[2].Outcome = history.Failed }},
		{"a text is changed", history.SaidAsWritten, func(r *history.Run) { r.Sends[0].Text = "other" }},
		{"the log has a hole", history.Chained, func(r *history.Run) { r.Logs["lobby"] = slices.Delete(r.Logs["lobby"], 1, 2) }},
		{"the log's beginning is gone", history.Chained, func(r *history.Run) { r.Logs["lobby"] = r.Logs["lobby"][1:] }},
		{"a message does not name the one before it", history.Chained, func(r *history.Run) { r.Logs["lobby"][1].Prev = "another" }},
		{"somebody is not shown a message", history.Contiguous, func(r *history.Run) {
			r.Views[bob] = []history.Shown{joined(nil), shown(1), shown(3)}
		}},
		{"coming back repeats a message", history.Contiguous, func(r *history.Run) {
			r.Views[bob] = []history.Shown{joined(nil), shown(2), joined(shown(2).At), shown(2), shown(3)}
		}},
		{"coming back leaves one out", history.Contiguous, func(r *history.Run) {
			r.Views[bob] = []history.Shown{joined(nil), shown(1), joined(shown(1).At), shown(3)}
		}},
		{"two messages change places", history.Contiguous, func(r *history.Run) {
			r.Views[bob] = []history.Shown{joined(nil), shown(1), shown(3), shown(2)}
		}},
		{"somebody is shown what is in no log", history.Contiguous, func(r *history.Run) {
			ghost := shown(2)
			ghost.At = &history.Position{Seq: 2, ID: "ghost"}
			r.Views[bob] = []history.Shown{joined(nil), shown(1), ghost, shown(3)}
		}},
		{"a view is reset without a reason", history.Contiguous, func(r *history.Run) {
			r.Views[bob] = []history.Shown{joined(nil), shown(1), reset, shown(3)}
		}},
		{"a message that nobody saw stored is gone after a flush", history.AckedOnce, func(r *history.Run) {
			r.Before = append(r.Before, map[string][]history.Entry{})
			r.Logs["lobby"] = r.Logs["lobby"][1:]
		}},
		{"a key is shown twice", history.ShownOnce, func(r *history.Run) {
			again := shown(3)
			again.Key = "k2"
			r.Views[bob] = []history.Shown{joined(nil), shown(2), again}
		}},
		{"an answer does not order what comes after it", history.InOrder, func(r *history.Run) {
			r.Sends[0].Invoked, r.Sends[0].Answered = 8*time.Second, 9*time.Second
		}},
		{"somebody does not get to the head", history.AtTheHead, func(r *history.Run) { r.Views[bob] = r.Views[bob][:2] }},
		{"somebody is reset and shown nothing", history.AtTheHead, func(r *history.Run) { r.Views[bob] = append(r.Views[bob], reset) }},
		{"a position means two things", history.OneMeaning, func(r *history.Run) {
			other := shown(3)
			other.Text = "something else"
			r.Views[bob] = []history.Shown{joined(nil), shown(2), other}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := good()
			c.harm(r)
			found := history.Check(r)
			if !slices.ContainsFunc(found, func(v history.Violation) bool { return v.Rule == c.rule }) {
				t.Errorf("found %v, not that %s", found, c.rule)
			}
		})
	}
}

func TestARewoundLogIsExcusedOnlyWhereItMustBe(t *testing.T) {
	// Message 3 was lost, and said again as 4 after somebody else's 3.
	r := good()
	r.Before = []map[string][]history.Entry{{"lobby": slices.Clone(r.Logs["lobby"])}}
	log := r.Logs["lobby"]
	log[2] = history.Entry{Position: history.Position{Seq: 3, ID: "other"}, Prev: "id2", User: "eve", Key: "e", Text: "hi"}
	again := history.Entry{Position: history.Position{Seq: 4, ID: "id4"}, Prev: "other", User: "ann", Key: "k3", Text: "text 3"}
	r.Logs["lobby"] = append(log, again)
	anew := []history.Shown{
		reset, shown(2),
		{Kind: history.Message, At: &history.Position{Seq: 3, ID: "other"}, User: "eve", Key: "e", Text: "hi"},
		{Kind: history.Message, At: &history.Position{Seq: 4, ID: "id4"}, User: "ann", Key: "k3", Text: "text 3"},
	}
	for v := range r.Views {
		r.Views[v] = append(r.Views[v], anew...)
	}
	if v := history.Check(r); len(v) > 0 {
		t.Errorf("got %v", v)
	}
	r.Views[bob] = slices.DeleteFunc(r.Views[bob], func(s history.Shown) bool { return s.Kind == history.Reset })
	if v := history.Check(r); len(v) == 0 {
		t.Error("a view that changed course without a reset passes")
	}
	r.Logs["lobby"] = r.Logs["lobby"][:3]
	if v := history.Check(r); !slices.ContainsFunc(v, func(v history.Violation) bool { return v.Rule == history.AckedOnce }) {
		t.Error("an acknowledged message that did not come back passes")
	}
}
