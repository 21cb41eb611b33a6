// Package limit says how much one session, one user and one network address may do on a node, so that
// nobody can take it away from the others.
//
// What is limited in frequency has a token bucket (golang.org/x/time/rate) for each of the three, and
// is refused with the time to wait; the number of sessions has a cap. All of it is counted on one node:
// over n nodes somebody may do n times as much.
package limit

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Action is something that has a limit.
type Action int

// The actions that there are.
const (
	Message Action = iota
	Join
	History
	Typing
	Read
	Mailbox
	SignIn
	Connect
	Post
	actions // how many there are
)

func (a Action) String() string {
	return [...]string{"messages", "joins", "history reads", "signs of typing", "read marks", "looks into the mailbox", "tokens to check", "connects", "posts"}[a]
}

// Options are the limits. A session's buckets are the smallest; those of an address are for all who
// share it, such as an office.
type Options struct {
	MessagesPerSession Rate `help:"Messages that a session may send, as RATE[:AT ONCE]; \"off\" for no limit." default:"10/s:50"`
	MessagesPerUser    Rate `help:"The same of a user." default:"20/s:100"`
	MessagesPerAddress Rate `help:"The same of an address." default:"500/s:2000"`
	JoinsPerSession    Rate `help:"Rooms that a session may join." default:"10/s:200"`
	JoinsPerUser       Rate `help:"The same of a user." default:"20/s:400"`
	JoinsPerAddress    Rate `help:"The same of an address." default:"500/s:10000"`
	HistoryPerSession  Rate `help:"Pages of history that a session may read." default:"10/s:50"`
	HistoryPerUser     Rate `help:"The same of a user." default:"20/s:100"`
	HistoryPerAddress  Rate `help:"The same of an address." default:"500/s:2000"`
	TypingPerSession   Rate `help:"Times that a session may say that somebody is typing." default:"1/s:10"`
	TypingPerUser      Rate `help:"The same of a user." default:"2/s:20"`
	TypingPerAddress   Rate `help:"The same of an address." default:"200/s:1000"`
	ReadsPerSession    Rate `help:"Times that a session may say how far it has read." default:"5/s:100"`
	ReadsPerUser       Rate `help:"The same of a user." default:"10/s:200"`
	ReadsPerAddress    Rate `help:"The same of an address." default:"500/s:2000"`
	MailboxPerSession  Rate `help:"Times that a session may ask for the mailbox." default:"20/m:5"`
	MailboxPerUser     Rate `help:"The same of a user." default:"60/m:20"`
	MailboxPerAddress  Rate `help:"The same of an address." default:"50/s:1000"`
	SignInsPerSession  Rate `help:"Names and tokens that a session may try." default:"1/s:10"`
	SignInsPerAddress  Rate `help:"The same of an address." default:"50/s:1000"`
	ConnectsPerUser    Rate `help:"Times that a user may connect." default:"2/s:30"`
	ConnectsPerAddress Rate `help:"Connections that an address may open." default:"50/s:1000"`
	PostsPerAddress    Rate `help:"Posts that an address may send to event streams." default:"500/s:2000"`
	SessionsPerUser    int  `help:"Sessions that a user may have open; 0 for no limit." default:"50"`
	SessionsPerAddress int  `help:"Sessions that an address may have open; 0 for no limit." default:"2000"`
}

// Validate names the field that is out of its limits.
func (o *Options) Validate() error {
	switch {
	case o.SessionsPerUser < 0:
		return errors.New("sessions-per-user: must not be negative")
	case o.SessionsPerAddress < 0:
		return errors.New("sessions-per-address: must not be negative")
	}
	return nil
}

func (o *Options) session() [actions]Rate {
	return [actions]Rate{Message: o.MessagesPerSession, Join: o.JoinsPerSession, History: o.HistoryPerSession, Typing: o.TypingPerSession, Read: o.ReadsPerSession, Mailbox: o.MailboxPerSession, SignIn: o.SignInsPerSession}
}

func (o *Options) user() [actions]Rate {
	return [actions]Rate{Message: o.MessagesPerUser, Join: o.JoinsPerUser, History: o.HistoryPerUser, Typing: o.TypingPerUser, Read: o.ReadsPerUser, Mailbox: o.MailboxPerUser, Connect: o.ConnectsPerUser}
}

func (o *Options) address() [actions]Rate {
	return [actions]Rate{Message: o.MessagesPerAddress, Join: o.JoinsPerAddress, History: o.HistoryPerAddress, Typing: o.TypingPerAddress, Read: o.ReadsPerAddress, Mailbox: o.MailboxPerAddress, SignIn: o.SignInsPerAddress, Connect: o.ConnectsPerAddress, Post: o.PostsPerAddress}
}

// Limiter is a node's limits. Its methods may be called concurrently.
type Limiter struct {
	cancel           context.CancelFunc
	running          sync.WaitGroup
	users, addresses *table
	session          [actions]Rate // constant
}

// New returns a Limiter. Close ends it.
func New(o Options) *Limiter {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Limiter{
		cancel:    cancel,
		users:     newTable(o.user(), o.SessionsPerUser),
		addresses: newTable(o.address(), o.SessionsPerAddress),
		session:   o.session(),
	}
	l.running.Go(func() { l.forget(ctx) })
	return l
}

// Close stops forgetting who has not been seen for a while.
func (l *Limiter) Close() {
	l.cancel()
	l.running.Wait()
}

func (l *Limiter) forget(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			l.users.forget(now)
			l.addresses.forget(now)
		}
	}
}

// Refusal says what was too much. Wait is how long to wait before trying again, 0 where that is not
// known: with too many sessions open, one has to close first.
type Refusal struct {
	What string
	Wait time.Duration
}

func (r *Refusal) Error() string { return "too many " + r.What }

// Open counts a session of an address, or refuses it with a *Refusal. A session that was opened has to
// be closed.
func (l *Limiter) Open(address string) (*Session, error) {
	s := &Session{limiter: l, own: buckets{rates: &l.session}}
	var err error
	s.address, err = l.addresses.enter(networkOf(address))
	return s, err
}

// Allow counts an action of an address, by whoever is there, or refuses it with a *Refusal.
func (l *Limiter) Allow(a Action, address string) error {
	return reserve(a, l.addresses.at(networkOf(address)).of(a))
}

// reserve takes one action from each bucket, or from none. nil is one without a limit.
func reserve(a Action, from ...*rate.Limiter) error {
	now := time.Now()
	var taken []*rate.Reservation
	var wait time.Duration
	for _, bucket := range from {
		if bucket == nil {
			continue
		}
		r := bucket.ReserveN(now, 1)
		taken = append(taken, r)
		wait = max(wait, r.DelayFrom(now))
	}
	if wait == 0 {
		return nil
	}
	for _, r := range taken {
		r.CancelAt(now)
	}
	return &Refusal{What: a.String(), Wait: wait}
}

// networkOf returns what counts as one address: of IPv6 the first 64 bits, since whoever has one of
// them has all.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, _ := ip.Prefix(64) // fails only for a wrong number of bits
	return prefix.String()
}

// Session is what one session may do. Its methods must not be called concurrently.
type Session struct {
	limiter       *Limiter
	own           buckets
	user, address *entry // user is nil until SetUser
}

// SetUser counts the session as one of a user, or refuses it with a *Refusal.
func (s *Session) SetUser(id string) (err error) {
	s.user, err = s.limiter.users.enter(id)
	return err
}

// Close ends the session.
func (s *Session) Close() {
	s.limiter.addresses.leave(s.address)
	if s.user != nil {
		s.limiter.users.leave(s.user)
	}
}

// Allow counts an action, or refuses it with a *Refusal. What is refused counts nowhere.
func (s *Session) Allow(a Action) error {
	return reserve(a, s.own.of(a), s.user.of(a), s.address.of(a))
}

// buckets are those of one session, user or address. Each is made when it is first needed: most
// sessions only listen.
type buckets struct {
	rates *[actions]Rate
	made  [actions]*rate.Limiter
}

// of returns nil where there is no limit.
func (b *buckets) of(a Action) *rate.Limiter {
	if b.made[a] == nil {
		b.made[a] = b.rates[a].limiter()
	}
	return b.made[a]
}

// table has all users or all addresses that were seen lately.
type table struct {
	rates  [actions]Rate
	cap    int
	memory time.Duration // how long somebody who has left is remembered

	mu      sync.Mutex
	entries map[string]*entry
}

type entry struct {
	mu      sync.Mutex
	buckets buckets // guarded by mu

	// guarded by table.mu
	sessions int
	seen     time.Time // when the last one came or went
}

func newTable(rates [actions]Rate, cap int) *table {
	t := &table{rates: rates, cap: cap, entries: make(map[string]*entry)}
	for _, r := range rates {
		t.memory = max(t.memory, r.filled())
	}
	return t
}

func (e *entry) of(a Action) *rate.Limiter {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.buckets.of(a)
}

// at returns an entry, made where there was none.
func (t *table) at(name string) *entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.find(name)
}

// find is called with mu held.
func (t *table) find(name string) *entry {
	e := t.entries[name]
	if e == nil {
		e = &entry{buckets: buckets{rates: &t.rates}}
		t.entries[name] = e
	}
	e.seen = time.Now()
	return e
}

// enter counts a session.
func (t *table) enter(name string) (*entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.find(name)
	if t.cap > 0 && e.sessions >= t.cap {
		return nil, &Refusal{What: "sessions"}
	}
	if err := reserve(Connect, e.of(Connect)); err != nil {
		return nil, err
	}
	e.sessions++
	return e, nil
}

func (t *table) leave(e *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.sessions--
	e.seen = time.Now()
}

func (t *table) forget(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, e := range t.entries {
		if e.sessions == 0 && now.Sub(e.seen) > t.memory {
			delete(t.entries, name)
		}
	}
}
