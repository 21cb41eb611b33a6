package hub_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/internal/hub"
)

// written returns the messages that somebody was offered, as "SEQ TEXT" and what there is besides.
func (p *person) written(t *testing.T) (all []string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		for line := range bytes.SplitSeq(f.Lines, []byte("\n")) {
			var e struct {
				Message *struct {
					Seq             uint64
					Text            string
					Edited, Deleted bool
					Reply           *struct {
						Text    string
						Deleted bool
					}
					Reactions []chat.Reaction
					Change    *chat.Change
				} `json:"message"`
			}
			if err := json.Unmarshal(line, &e, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatal(err)
			}
			m := e.Message
			if m == nil {
				continue
			}
			s := fmt.Sprint(m.Seq, " ", m.Text)
			if m.Reply != nil {
				s += fmt.Sprint(" to ", m.Reply.Text, m.Reply.Deleted)
			}
			if m.Change != nil {
				s += fmt.Sprint(" ", m.Change.Kind, m.Change.Of.Seq, m.Change.Emoji)
			}
			if m.Edited || m.Deleted || m.Reactions != nil {
				s += fmt.Sprint(" ", m.Edited, m.Deleted, m.Reactions)
			}
			all = append(all, s)
		}
	}
	return all
}

func wantWritten(t *testing.T, p *person, want string) {
	t.Helper()
	if got := strings.Join(p.written(t), "\n"); got != strings.TrimSpace(want) {
		t.Fatalf("offered is\n%s\nwant\n%s", got, want)
	}
}

// talk says some things, one after the other, and changes some of them.
func talk(t *testing.T, b bus.Bus) (at []chat.Position) {
	t.Helper()
	say := func(d chat.Draft) {
		at = append(at, bustest.Publish(t, b, "lobby", d).Position)
		synctest.Wait() // who is live hears of each before the next
	}
	say(chat.Draft{Key: "1", User: ann, Text: "frist"})
	say(chat.Draft{Key: "2", User: ann, Text: "secret"})
	say(bustest.ReplyDraft(ann, &chat.Message{Seq: at[1].Seq, ID: at[1].ID, Draft: chat.Draft{User: ann, Text: "secret"}}, "what?"))
	say(bustest.ChangeDraft(ann, at[0], chat.Edit, "once"))
	say(bustest.ChangeDraft(ann, at[0], chat.Edit, "first"))
	say(bustest.ChangeDraft(ann, at[1], chat.Edit, "secret too"))
	say(bustest.ChangeDraft(ann, at[0], chat.React, "👍"))
	say(bustest.ChangeDraft(ann, at[1], chat.Delete, ""))
	return at
}

const (
	talkLive = `
1 frist
2 secret
3 what? to secretfalse
4 once edit1
5 first edit1
6 secret too edit2
7  react1👍
8  delete2`
	talkFolded = `
1 first true false [{👍 [u-ann]}]
2  false true []
3 what? to true
4  edit1
5 first edit1
6  edit2
7  react1👍
8  delete2`
)

func TestWhoComesLaterIsHandedNothingThatWasDeletedOrCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, eve := &person{}, &person{}
		join(t, h, bob, nil)
		talk(t, b)
		wantWritten(t, bob, talkLive)
		_, before := b.count()
		join(t, h, eve, nil) // from the tail
		wantWritten(t, eve, talkFolded)
		if _, after := b.count(); after != before {
			t.Errorf("%d reads of the log for what is in the tail", after-before)
		}
		say(t, b, 20)
		late := &person{}
		join(t, h, late, &chat.Position{}) // the log, since the tail holds ten
		if got := strings.Join(late.written(t)[:8], "\n"); got != strings.TrimSpace(talkFolded) {
			t.Errorf("from the log is offered\n%s", got)
		}
		h.Close()
	})
}

// The tail holds changes of messages that it does not hold itself.
func TestATailThatBeginsInBetweenIsFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		at := talk(t, b)
		say(t, b, 5) // 4 to 13 are left
		join(t, h, &person{}, nil)
		bob := &person{}
		join(t, h, bob, &at[2])
		if got := strings.Join(bob.written(t)[:5], "\n"); got != "4  edit1\n5 first edit1\n6  edit2\n7  react1👍\n8  delete2" {
			t.Errorf("offered is\n%s", got)
		}
		say(t, b, 20) // nothing is left that changes anything
		synctest.Wait()
		eve := &person{}
		join(t, h, eve, nil)
		if got := eve.written(t)[0]; got != "24 hello" {
			t.Errorf("offered is %s", got)
		}
		h.Close()
	})
}

func TestAMessageIsFoundAsItIsNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		m := join(t, h, &person{}, nil)
		at := talk(t, b)
		synctest.Wait()
		check := func() {
			t.Helper()
			for i, text := range []string{"first", "", "what?"} {
				got, err := m.At(t.Context(), at[i])
				if err != nil || got.Position() != at[i] || got.Text != text || (got.Folded != nil && got.Folded.Deleted) != (text == "") {
					t.Errorf("at %d is %+v, %v", i+1, got, err)
				}
			}
			for _, p := range []chat.Position{{}, {Seq: 1, ID: "another"}, {Seq: 400, ID: "x"}} {
				if _, err := m.At(t.Context(), p); !errors.Is(err, bus.ErrFork) {
					t.Errorf("at %v: %v", p, err)
				}
			}
		}
		check() // in the tail
		say(t, b, 20)
		synctest.Wait()
		check()
		page, err := m.Before(t.Context(), &at[2], 10)
		if err != nil || len(page) != 2 || page[0].Text != "first" || !page[1].Folded.Deleted {
			t.Errorf("before the third are %+v, %v", page, err)
		}
		b.set(true, nil)
		if _, err := m.At(t.Context(), at[0]); !errors.Is(err, bus.ErrUnavailable) {
			t.Errorf("without a database: %v", err)
		}
		h.Close()
	})
}

func TestALogThatIsRestoredHasItsChangesInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		m := join(t, h, bob, nil)
		talk(t, b)
		wantWritten(t, bob, talkLive)
		b.Rewind("lobby", 4)
		m.Heal()
		wantWritten(t, bob, talkLive)
		other := newHub(t, b.Peer())
		eve := &person{}
		join(t, other, eve, nil)
		wantWritten(t, eve, talkFolded)
		messages, err := b.After(t.Context(), "lobby", chat.Position{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := b.Changes(t.Context(), "lobby", messages)
		if err != nil || len(changes) != 2 || changes[1].Text != "first" || !changes[2].Deleted {
			t.Errorf("in force is %+v, %v", changes, err)
		}
		h.Close()
		other.Close()
	})
}

// What changes a message that was said again has to follow it: under its old number there is another one.
// What was deleted is not said again for that.
func TestWhatIsSaidAgainChangesWhatWasSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h, other := newHub(t, b), newHub(t, b.Peer())
		bob := &person{}
		join(t, h, bob, nil)
		join(t, other, &person{}, nil)
		kept := sayTexts(t, b, "kept")
		talk(t, b) // 2 to 9
		bustest.Publish(t, b, "lobby", bustest.ChangeDraft(ann, kept, chat.Edit, "kept too"))
		synctest.Wait()
		b.Rewind("lobby", 1)
		sayTexts(t, b.Peer(), "x")
		synctest.Wait()
		eve := &person{}
		third := newHub(t, b.Peer())
		join(t, third, eve, &chat.Position{})
		wantWritten(t, eve, `
1 kept too true false []
2 x
3 first true false [{👍 [u-ann]}]
4 what?
5  edit3
6 first edit3
7  react3👍
8 kept too edit1`)
		for _, h := range []*hub.Hub{h, other, third} {
			h.Close()
		}
	})
}

// A room that does not hold the message that was changed can't know where it is now.
func TestAChangeOfWhatIsGoneIsNotSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		join(t, h, &person{}, nil)
		at := []chat.Position{sayTexts(t, b, "gone")}
		say(t, b, 9)
		bustest.Publish(t, b, "lobby", bustest.ReplyDraft(ann, &chat.Message{Seq: 1, ID: at[0].ID, Draft: chat.Draft{Text: "gone"}}, "reply"))
		bustest.Publish(t, b, "lobby", bustest.ChangeDraft(ann, at[0], chat.Edit, "edit"))
		synctest.Wait()
		b.Rewind("lobby", 0)
		sayTexts(t, b.Peer(), "x y z")
		synctest.Wait()
		messages, err := b.After(t.Context(), "lobby", chat.Position{}, 100)
		if err != nil || len(messages) != 12 { // three, and eight and the reply of the ten that were held
			t.Fatalf("the log has %d messages, %v", len(messages), err)
		}
		if last := messages[11]; last.Text != "reply" || last.Reply != nil {
			t.Errorf("the last one is %+v", last)
		}
		h.Close()
	})
}

// Between looking up what is answered and the reply's place in the log it may be changed.
func TestAReplyQuotesWhatIsInForceWhereItStandsInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		first := sayTexts(t, b, "frist")
		lookedUp := chat.Message{Seq: first.Seq, ID: first.ID, Draft: chat.Draft{User: ann, Text: "frist"}}
		bustest.Publish(t, b, "lobby", bustest.ChangeDraft(ann, lookedUp.Position(), chat.Edit, "first"))
		bustest.Publish(t, b, "lobby", bustest.ReplyDraft(ann, &lookedUp, "reply"))
		wantWritten(t, bob, "1 frist\n2 first edit1\n3 reply to firstfalse")
		h.Close()
	})
}

func TestAReplyThatIsSaidAgainQuotesWhatIsInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		join(t, h, &person{}, nil)
		kept := chat.Message{Seq: 1, ID: sayTexts(t, b, "frist").ID, Draft: chat.Draft{User: ann, Text: "frist"}}
		bustest.Publish(t, b, "lobby", bustest.ReplyDraft(ann, &kept, "reply"))
		synctest.Wait()
		b.Rewind("lobby", 1)
		bustest.Publish(t, b.Peer(), "lobby", bustest.ChangeDraft(ann, kept.Position(), chat.Edit, "first"))
		synctest.Wait()
		last, err := b.Before(t.Context(), "lobby", nil, 1)
		if err != nil || last[0].Seq != 3 || last[0].Reply == nil || last[0].Reply.Text != "first" {
			t.Errorf("said again is %+v, %v", last, err)
		}
		h.Close()
	})
}
