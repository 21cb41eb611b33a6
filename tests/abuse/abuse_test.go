// Package abuse_test puts on a node what somebody could who means it no good, and looks at its memory: that it
// stays under the bound which was set, and is given back when it is over.
package abuse_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"chorus/tests/testbed"
)

// bounded starts a node that may have so much memory, and checks at the end of the test that it never had
// more, and comes back to what it had at first once everybody is gone: but for what maps and the runtime keep.
func bounded(t *testing.T, bound int, flags ...string) (n *node, everybodyIsGone func()) {
	t.Helper()
	const kept = 20 << 20
	n = start(t, append(flags, fmt.Sprintf("--memory=%dMiB", bound>>20))...)
	before := n.memory(t)
	peak := n.peak()
	return n, func() {
		testbed.Eventually(t, 3*time.Minute, fmt.Sprintf("of %s that it had at the most, it gives back what is over %s and some", mib(peak()), mib(before)),
			func() bool { return n.memory(t) < before+kept })
		if most := peak(); most > bound {
			t.Errorf("it had %s, and may have %s", mib(most), mib(bound))
		} else {
			t.Logf("it had %s at the most, %s before and %s now", mib(most), mib(before), mib(n.memory(t)))
		}
	}
}

func mib(bytes int) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// names returns so many names of rooms, which begin alike.
func names(of string, count int) (rooms []string) {
	for i := range count {
		rooms = append(rooms, fmt.Sprint(of, "-", i))
	}
	return rooms
}

// entrance is enter or enterClosely.
type entrance = func(ctx context.Context, n *node, rooms ...string) (*websocket.Conn, error)

func closeAll(conns []*websocket.Conn) {
	for _, c := range conns {
		c.Close()
	}
}

// crowd lets so many in, each into the rooms that it gets.
func crowd(t *testing.T, n *node, enter entrance, count int, rooms func(i int) []string) []*websocket.Conn {
	t.Helper()
	conns := make([]*websocket.Conn, count)
	var group errgroup.Group
	group.SetLimit(16)
	for i := range conns {
		group.Go(func() (err error) {
			conns[i], err = enter(t.Context(), n, rooms(i)...)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(conns) })
	return conns
}

// flood has speakers say large messages in rooms, all at once.
func flood(t *testing.T, speakers []*websocket.Conn, count int, rooms func(i int) []string) {
	t.Helper()
	var group errgroup.Group
	for i, c := range speakers {
		group.Go(func() error { return talk(c, count, rooms(i)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestARoomFloodedWithLargeMessages(t *testing.T) {
	t.Parallel()
	n, everybodyIsGone := bounded(t, 64<<20)
	room := func(int) []string { return []string{"flooded"} }
	speakers := crowd(t, n, enter, 8, room)
	flood(t, speakers, 150, room)
	closeAll(speakers)
	everybodyIsGone()
}

// They come to rooms in which large messages have been said, so that pages of these are made for each of them,
// and more is said, and they ask for more of it. By itself each of them may have --queue-bytes waiting. Who reads on has missed nothing.
func TestAThousandWhoReadNothing(t *testing.T) {
	t.Parallel()
	n, everybodyIsGone := bounded(t, 96<<20, "--write-timeout=10m", "--ping-interval=10m") // so that all of them stay
	rooms := names("flooded", 5)
	all := func(int) []string { return rooms }
	speakers := crowd(t, n, enter, 4, all)
	flood(t, speakers, 30, all)
	readers := crowd(t, n, enterClosely, 1000, func(i int) []string { return rooms[i%5:][:1] })
	for i, c := range readers {
		if err := ask(c, rooms[i%5]); err != nil {
			t.Fatal(err)
		}
	}
	flood(t, speakers, 30, all)
	closeAll(readers[5:])
	const said = 2 * 4 * 30 / 5 // in each room
	var group errgroup.Group
	for _, c := range readers[:5] {
		group.Go(func() error { return readOn(c, said) })
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	closeAll(readers)
	closeAll(speakers)
	everybodyIsGone()
}

// They are joined while there is nothing in them, and cost little then.
func TestThousandsOfRoomsInWhichLargeMessagesAreSaid(t *testing.T) {
	t.Parallel()
	n, everybodyIsGone := bounded(t, 64<<20, "--no-presence", "--room-linger=1s")
	rooms := func(i int) []string { return names(fmt.Sprint("of-", i), 100) }
	speakers := crowd(t, n, enter, 30, rooms)
	refused := 0
	for i, c := range speakers {
		if err := talk(c, 200, rooms(i)); errors.Is(err, errNoPlace) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	closeAll(speakers)
	everybodyIsGone()
}

func TestTenThousandRoomsOpenedAndLeft(t *testing.T) {
	t.Parallel()
	n, everybodyIsGone := bounded(t, 128<<20, "--room-linger=1s")
	closeAll(crowd(t, n, enter, 100, func(i int) []string { return names(fmt.Sprint("of-", i), 100) }))
	everybodyIsGone()
}

func TestWhoComesWhenMemoryIsShortIsLetInLater(t *testing.T) {
	t.Parallel()
	const bound = 64 << 20
	n := start(t, "--memory=64MiB", "--room-linger=1s")
	peak := n.peak()
	var inside []*websocket.Conn
	defer func() { closeAll(inside) }()
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		var c *websocket.Conn
		if c, err = enter(t.Context(), n, names(fmt.Sprint("of-", i), 100)...); err == nil {
			inside = append(inside, c)
		}
	}
	if !errors.Is(err, errNoPlace) {
		t.Fatalf("after %d, %v", len(inside), err)
	}
	closeAll(inside)
	testbed.Eventually(t, 3*time.Minute, "somebody is let in again", func() bool {
		c, err := enter(t.Context(), n, "lobby")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	if most := peak(); most > bound {
		t.Errorf("it had %s, and may have %s", mib(most), mib(bound))
	}
}
