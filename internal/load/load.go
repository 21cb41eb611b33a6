// Package load generates load on a chat service and checks all that it delivers: that each member of a
// room is shown each message once, in order.
//
// A connection costs one goroutine that reads. What it reads is looked through as bytes, not decoded: the
// generator shares the machine with what it measures. So texts are looked at only on some connections,
// the observers, from which the latencies are taken; that the messages go on without holes is looked at on
// all of them, and at the end that all of them have arrived at the last. Observers also look whether the
// messages of each sender come in the order in which they were sent; the others know the order only by the
// service's own numbers.
//
// Limits: each connection is in one room. Figures of processes are there only where they run on this
// machine.
package load

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"time"
)

// Options are what all shapes have in common. Validate says what is wrong with them.
type Options struct {
	URLs     []string      `name:"url" help:"Address of a node, as ws://localhost:8080/ws. Given several times, connections are spread over all. Without, it is ${default}." default:"ws://localhost:8080/ws" placeholder:"URL"`
	Dialect  string        `help:"How the service talks: ${enum}." enum:"chorus,socketio,centrifugo" default:"chorus"`
	Ramp     float64       `help:"Connections to open in a second; 0 for as many as go." default:"0"`
	Dialing  int           `help:"Connections that are being opened at a time. Who waits for that is late: their time counts from when they were due." default:"64"`
	Patience time.Duration `help:"How long to wait for what should have come: a connection, a last message." default:"30s"`

	Servers []int32 `name:"server-pid" help:"Process of a node whose CPU and memory to measure. By default whoever listens on those of the addresses that are of localhost." placeholder:"PID"`
	Redis   string  `help:"Address of the service's Redis, as localhost:6379 or redis://localhost:6379/0, whose CPU and commands to measure. Where it names none, the password is that of REDIS_PASSWORD." placeholder:"ADDRESS"`
}

// Validate returns an error that names the flag and the limit.
func (o *Options) Validate() error {
	if len(o.URLs) == 0 {
		return errors.New("--url: at least one is needed")
	}
	for _, s := range o.URLs {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
			return fmt.Errorf("--url: %q is not a ws:// or wss:// address", s)
		}
	}
	switch {
	case !isRate(o.Ramp):
		return fmt.Errorf("--ramp: must be a finite number of at least 0, not %v", o.Ramp)
	case o.Dialing < 1:
		return fmt.Errorf("--dialing: must be at least 1, not %d", o.Dialing)
	case o.Patience <= 0:
		return fmt.Errorf("--patience: must be more than 0s, not %s", o.Patience)
	}
	_, err := redisOptions(o.Redis)
	return err
}

// Talk is how much is said, where and for how long.
type Talk struct {
	Rooms    int           `help:"Rooms." default:"1"`
	Members  int           `help:"Connections in each room." default:"1000"`
	Senders  int           `help:"How many of them send." default:"1"`
	Rate     float64       `help:"Messages in a second, of all senders together; 0 for as many as go: then each sender has --in-flight of them under way." default:"0"`
	InFlight int           `help:"Messages of a sender that may be under way without an answer." default:"16"`
	Size     int           `help:"Bytes of a text." default:"128"`
	Warmup   time.Duration `help:"How long to talk before it counts." default:"2s"`
	Duration time.Duration `help:"How long it counts." default:"10s"`
}

// isRate reports whether so much can be done in a second. Who reads flags takes NaN and Inf for numbers.
func isRate(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }

// maxSize is the most that Chorus takes, as docs/protocol.md says.
const maxSize = 4000

// ValidateCrowd returns an error that names the flag and the limit, where nobody would be in a room.
func ValidateCrowd(rooms, members int) error {
	switch {
	case rooms < 1:
		return fmt.Errorf("--rooms: must be at least 1, not %d", rooms)
	case members < 1:
		return fmt.Errorf("--members: must be at least 1, not %d", members)
	}
	return nil
}

// Validate returns an error that names the flag and the limit.
func (t *Talk) Validate() error {
	if err := ValidateCrowd(t.Rooms, t.Members); err != nil {
		return err
	}
	switch {
	case t.Senders < 1 || t.Senders > t.Members:
		return fmt.Errorf("--senders: must be from 1 to %d, as many as there are --members, not %d", t.Members, t.Senders)
	case !isRate(t.Rate):
		return fmt.Errorf("--rate: must be a finite number of at least 0, not %v", t.Rate)
	case t.InFlight < 1:
		return fmt.Errorf("--in-flight: must be at least 1, not %d", t.InFlight)
	case t.Size < stampSize || t.Size > maxSize:
		return fmt.Errorf("--size: must be from %d, for what a text says of itself, to %d, not %d", stampSize, maxSize, t.Size)
	case t.Warmup < 0:
		return fmt.Errorf("--warmup: must be at least 0s, not %s", t.Warmup)
	case t.Duration <= 0:
		return fmt.Errorf("--duration: must be more than 0s, not %s", t.Duration)
	}
	return nil
}
