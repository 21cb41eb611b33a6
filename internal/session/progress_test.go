package session

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/wire"
)

// Where the system does not say what has arrived, each write that comes to an end shows that the client reads.
func TestWhoTakesOneFrameAfterTheOtherIsNotCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const said = 5
		g := bounded(t)
		c := &steady{each: g.options.WriteTimeout * 2 / 3}
		s := newSession(g, Client{})
		s.transport = c
		g.add(s)
		for range said {
			s.push(lineOf(mergeBytes)) // so that each is written by itself
		}
		time.Sleep(said*c.each + time.Second)
		g.remove(s)
		g.sessions.Done()
		if c.frames.Load() < said || c.cuts.Load() > 0 {
			t.Errorf("%d frames were taken, and it was cut off %d times", c.frames.Load(), c.cuts.Load())
		}
	})
}

// steady is a transport whose client takes a while for each frame.
type steady struct {
	pipe
	each   time.Duration
	frames atomic.Int32
	cuts   atomic.Int32
}

func (*steady) try(wire.Framed) (n int, err error) { return 0, nil }

func (s *steady) finish(wire.Framed, int) error {
	time.Sleep(s.each)
	s.frames.Add(1)
	return nil
}

func (s *steady) cut()                     { s.cuts.Add(1) }
func (s *steady) stuck(time.Duration) bool { return false }
