package session

import (
	"strings"
	"testing"
	"testing/synctest"

	"chorus/internal/chat"
)

func TestWhoHasAskedForTheMailboxIsToldOfNewsFromThenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := bounded(t)
		p := &pipe{blocked: make(chan struct{})}
		s := enter(t, g, p)
		s.push(lineOf(pageBytes)) // so much waits that what the session is behind with is left for later
		if _, err := s.openMailbox(); err != nil {
			t.Fatal(err)
		}
		if err := g.node.Bus.Notify(t.Context(), chat.Notice{Room: chat.Direct("bob", "eve"), User: chat.User{ID: "eve", Name: "Eve"}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		close(p.blocked)
		synctest.Wait()
		if written := p.written.String(); !strings.Contains(written, `"notice"`) || strings.Contains(written, `"missed"`) {
			t.Errorf("Bob was told %.200q", written[max(0, len(written)-200):])
		}
	})
}
