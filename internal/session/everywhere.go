package session

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/wire"
)

// everywhere is the node in chat.Everywhere: a member like others, so that nothing is missed, which stands
// for all of the node's sessions. What is announced there goes to each of them, and who is kicked or banned
// there has to go. Where it can't be joined yet, nobody is kept out for that.
type everywhere struct {
	group  *Group
	member atomic.Pointer[hub.Member] // nil until it has joined
	behind chan *hub.Member           // capacity 1
}

var _ hub.Receiver = (*everywhere)(nil)

func newEverywhere(g *Group) *everywhere {
	return &everywhere{group: g, behind: make(chan *hub.Member, 1)}
}

// run joins, and catches up whenever that is due, until the context ends.
func (e *everywhere) run(ctx context.Context) {
	m := e.join(ctx)
	if m == nil {
		return
	}
	defer m.Leave()
	e.member.Store(m)
	for {
		if e.catchUp(ctx, m) != nil {
			return
		}
		// The log may have been read anew, and bans in it be known that were not seen.
		e.group.expelBanned()
		select {
		case <-e.behind:
		case <-ctx.Done():
			return
		}
	}
}

// join tries until it works: the database need not be there.
func (e *everywhere) join(ctx context.Context) (m *hub.Member) {
	_ = insist(ctx, func() (err error) {
		m, _, err = e.group.node.Hub.Join(ctx, chat.Everywhere, hub.Visit{Exempt: true, Follow: e.follow}, e)
		return err
	})
	return m
}

func (e *everywhere) catchUp(ctx context.Context, m *hub.Member) error {
	for {
		var progress hub.Progress
		err := insist(ctx, func() (err error) {
			progress, err = m.CatchUp(ctx)
			return err
		})
		if err != nil || progress == hub.Live {
			return err
		}
	}
}

// insist tries until it works or the context ends.
func insist(ctx context.Context, try func() error) error {
	const longest = 2 * time.Second
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, longest) {
		if try() == nil {
			return nil
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Offer implements hub.Receiver: messages are followed, and a view that was reset is nobody's.
func (e *everywhere) Offer(*wire.Frame) bool { return true }

// Behind implements hub.Receiver.
func (e *everywhere) Behind(m *hub.Member) {
	select {
	case e.behind <- m:
	default:
	}
}

// Removed implements hub.Receiver. It does not happen to who is exempt.
func (e *everywhere) Removed(*hub.Member, *wire.Removed) {}

// follow carries out what comes, under the lock of the room. Who is muted or banned whom concerns those
// alone; only what is announced is for everybody.
func (e *everywhere) follow(messages []chat.Message) {
	for i := range messages {
		switch m := &messages[i]; {
		case m.Announcement:
			e.group.tell(wire.MessagesFrame(messages[i : i+1]))
		case m.Act != nil && m.Act.Kind.Expels():
			e.group.expel(m.Act)
		}
	}
}

// joined returns the membership. It fails with bus.ErrUnavailable until there is one.
func (e *everywhere) joined() (*hub.Member, error) {
	if m := e.member.Load(); m != nil {
		return m, nil
	}
	return nil, bus.ErrUnavailable
}

// banned returns the ban of a user, silenced why one may say nothing, nil if there is none.
func (e *everywhere) banned(user string) *chat.Sanction {
	if m := e.member.Load(); m != nil {
		return m.Banned(user)
	}
	return nil
}

func (e *everywhere) silenced(user string) *chat.Sanction {
	if m := e.member.Load(); m != nil {
		return m.Silenced(user)
	}
	return nil
}

// tell gives a frame to all who are connected, whether they have place or not.
func (g *Group) tell(f *wire.Frame) {
	for _, s := range g.all() {
		if s.welcomed.Load() {
			s.push(f)
		}
	}
}

// expel ends the sessions of a user who was kicked or banned everywhere, other than an administrator's.
func (g *Group) expel(a *chat.Act) {
	reason := Kicked
	if a.Kind == chat.Ban {
		if !a.Until.IsZero() && !a.Until.After(time.Now()) {
			return
		}
		reason = Banned
	}
	for _, s := range g.all() {
		if u := s.subject.Load(); u != nil && u.ID == a.User.ID {
			s.End(reason)
		}
	}
}

// expelBanned ends the sessions of all who are banned everywhere.
func (g *Group) expelBanned() {
	for _, s := range g.all() {
		if u := s.subject.Load(); u != nil && g.everywhere.banned(u.ID) != nil {
			s.End(Banned)
		}
	}
}
