package hub_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"chorus/internal/chat"
	"chorus/internal/hub"
)

// heard returns the kinds of mailbox events that were offered.
func (p *person) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var heard []string
	for _, f := range p.frames {
		kind, _, _ := strings.Cut(strings.TrimPrefix(string(f.Lines), `{"`), `"`)
		heard = append(heard, kind)
	}
	return strings.Join(heard, " ")
}

// What is for a mailbox is in no log: who could not be told is told that there was something.
func TestASessionThatMissesANoticeIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		name := chat.Mailbox("u-bob")
		bob := &person{}
		m, _, err := h.Join(t.Context(), name, hub.Visit{User: &chat.User{ID: "u-bob"}}, bob)
		if err != nil {
			t.Fatal(err)
		}
		notice := func() {
			t.Helper()
			room := chat.Direct("u-ann", "u-bob")
			if err := b.Signal(t.Context(), name, chat.Signal{Notice: &chat.Notice{Room: room, User: ann}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		hears := func(want string) {
			t.Helper()
			synctest.Wait()
			for _, m := range bob.takeBehind() {
				catchUp(t, m)
			}
			if got := bob.heard(); got != want {
				t.Fatalf("heard %q, want %q", got, want)
			}
		}
		notice() // before it is live
		hears("")
		catchUp(t, m)
		hears("mailbox")
		notice()
		hears("mailbox notice")
		bob.setFull(true)
		notice()
		bob.setFull(false)
		hears("mailbox notice mailbox")
		b.sinks[name].Resync()
		hears("mailbox notice mailbox mailbox")
		notice()
		hears("mailbox notice mailbox mailbox notice")
		m.Leave()
		h.Close()
	})
}
