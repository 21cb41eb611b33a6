package load

import (
	"bytes"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// watcher returns a member of an empty room that is connected to nothing.
func watcher(t *testing.T) *member {
	t.Helper()
	m := newCrowd(&Options{URLs: []string{"ws://localhost/ws"}, Dialect: "chorus"}, 1, 1).members[0]
	m.ready = make(chan struct{})
	m.room.name, m.observes = "r", false
	read(t, m, `{"id":1,"welcome":{"token":"again"}}`, `{"id":2,"joined":{"room":"r","head":{"seq":0,"id":""}}}`)
	return m
}

func read(t *testing.T, m *member, lines ...string) {
	t.Helper()
	if _, err := (chorus{}).read([]byte(strings.Join(lines, "\n")), m); err != nil {
		t.Fatal(err)
	}
}

func message(seq string) string {
	return `{"message":{"room":"r","seq":` + seq + `,"id":"i` + seq + `","key":"k","user":{"id":"u","name":"\"seq\":7"},"text":"hello","time":"t"}}`
}

func TestWhatIsLostOrComesAgainIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		seqs  string
		flaws Flaws
	}{
		"nothing":      {"1 2 3", Flaws{}},
		"one lost":     {"1 3", Flaws{Missing: 1}},
		"the first":    {"3", Flaws{Missing: 2}},
		"one twice":    {"1 2 2 3", Flaws{Repeated: 1}},
		"out of order": {"1 3 2 4", Flaws{Missing: 1, Repeated: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			m := watcher(t)
			for seq := range strings.FieldsSeq(test.seqs) {
				read(t, m, message(seq))
			}
			if m.view.flaws != test.flaws {
				t.Errorf("found %+v, want %+v", m.view.flaws, test.flaws)
			}
		})
	}
}

// Nobody has said anything in a room that is new, whatever the service says.
func TestWhatIsLostAtTheBeginningOfARoomIsFound(t *testing.T) {
	m := newCrowd(&Options{URLs: []string{"ws://localhost/ws"}, Dialect: "chorus"}, 1, 1).members[0]
	m.ready = make(chan struct{})
	m.room.name, m.observes = "r", false
	read(t, m, `{"id":2,"joined":{"room":"r","head":{"seq":2,"id":"i2"}}}`, message("3"))
	if m.view.flaws != (Flaws{Missing: 2}) {
		t.Errorf("found %+v, want two missing", m.view.flaws)
	}
}

func TestEachMessageOfAFrameIsObserved(t *testing.T) {
	m := watcher(t)
	m.crowd.latency.from.Store(0)
	m.observes = true
	read(t, m, said("1", 1), said("2", 2), said("3", 3))
	if n := m.crowd.latency.count(); n != 3 {
		t.Errorf("%d were, of 3", n)
	}
}

// said is a message as the member itself would have sent it.
func said(seq string, count uint64) string {
	return strings.Replace(message(seq), "hello", string(appendText(nil, stamp{at: time.Now().UnixNano(), count: count}, 64)), 1)
}

func TestAnObserverKnowsTheOrderInWhichWasSent(t *testing.T) {
	for name, test := range map[string]struct {
		counts []uint64
		flaws  Flaws
	}{
		"as sent":             {[]uint64{1, 2, 3}, Flaws{}},
		"without one refused": {[]uint64{1, 3}, Flaws{}},
		"one earlier":         {[]uint64{2, 1, 3}, Flaws{Disordered: 1}},
		"one twice":           {[]uint64{1, 1, 2}, Flaws{Disordered: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			m := watcher(t)
			m.observes = true
			for i, count := range test.counts {
				read(t, m, said(strconv.Itoa(i+1), count))
			}
			if m.view.flaws != test.flaws {
				t.Errorf("found %+v, want %+v", m.view.flaws, test.flaws)
			}
		})
	}
}

func TestAMessageOfAnotherRoomIsAnError(t *testing.T) {
	m := watcher(t)
	for name, lines := range map[string][2]string{
		"chorus": {message("1"), strings.Replace(message("2"), `"r"`, `"rr"`, 1)},
		"centrifugo": {`{"push":{"channel":"r","pub":{"data":{"text":"hello"},"offset":2}}}`,
			`{"push":{"channel":"rr","pub":{"data":{"text":"hello"},"offset":3}}}`},
	} {
		for i, line := range lines {
			if _, err := dialects[name].read([]byte(line), m); (err != nil) != (i == 1) {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

func TestAMemberComesBackToTheNewestThatItWasShown(t *testing.T) {
	m := watcher(t)
	read(t, m, message("1"), message("2"))
	m.last.Store(m.view.last)
	want := `{"connect":{"token":"again"},"id":1}` + "\n" + `{"id":2,"join":{"room":"` + m.room.name + `","since":{"seq":2,"id":"i2"}}}`
	if got := string(chorus{}.greet(m)); got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
}

func TestAMemberOfCentrifugoComesBackToItsOffset(t *testing.T) {
	m := newCrowd(&Options{URLs: []string{"ws://localhost/ws"}, Dialect: "centrifugo"}, 1, 1).members[0]
	read := func(line string) {
		t.Helper()
		if _, err := (centrifugo{}).read([]byte(line), m); err != nil {
			t.Fatal(err)
		}
		m.last.Store(m.view.last)
	}
	m.room.name, m.observes = "r", false
	begin := func() { m.ready = make(chan struct{}) }
	begin()
	read(`{"id":2,"subscribe":{"recoverable":true,"epoch":"aB","positioned":true}}`)
	read(`{"push":{"channel":"r","pub":{"data":{"text":"hello"},"offset":1}}}`)
	want := `{"id":2,"subscribe":{"channel":"` + m.room.name + `","epoch":"aB","offset":1,"recover":true}}`
	if got := string(centrifugo{}.greet(m)); !strings.HasSuffix(got, want) {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
	begin()
	read(`{"id":2,"subscribe":{"epoch":"aB","publications":[{"data":{},"offset":2},{"data":{},"offset":3}],"recovered":true,"offset":3,"was_recovering":true}}`)
	if m.view.flaws != (Flaws{}) || m.view.last != 3 {
		t.Errorf("with what it missed: %+v", m.view)
	}
	begin()
	read(`{"id":2,"subscribe":{"epoch":"aB","offset":9,"was_recovering":true}}`)
	if m.view.flaws != (Flaws{Resets: 1}) {
		t.Errorf("where that can't be: %+v", m.view)
	}
}

func TestWhatWasStoredAndNotAcknowledgedIsFound(t *testing.T) {
	m := watcher(t)
	m.underWay.Store(2)
	read(t, m, `{"id":3,"sent":{"room":"r","seq":1,"id":"i1","time":"t"}}`, `{"id":4,"sent":{"room":"r","seq":3,"id":"i3","time":"t"}}`)
	if f := m.crowd.flaws(); f.Stored != 1 || f.Missing != 3 {
		t.Errorf("found %+v, want one that was stored too much, and three that never came", f)
	}
}

// What one room has too much does not make up for what another one has too little.
func TestWhatIsStoredWronglyInTwoRoomsDoesNotCancelOut(t *testing.T) {
	c := newCrowd(&Options{URLs: []string{"ws://localhost/ws"}, Dialect: "chorus"}, 2, 1)
	for i, end := range []uint64{1, 3} {
		c.rooms[i].acknowledged.Store(2)
		c.rooms[i].head.Store(end)
		c.members[i].view.last = end
		c.members[i].last.Store(end)
	}
	if f := c.flaws(); f != (Flaws{Stored: 2}) {
		t.Errorf("found %+v, want two", f)
	}
}

// With two addresses half of everything is on each: of members, of senders, and about half of the observers.
func TestAllAddressesHaveTheSame(t *testing.T) {
	for _, talk := range []*Talk{{Rooms: 1, Members: 128, Senders: 2}, {Rooms: 128, Members: 1, Senders: 1}, {Rooms: 100, Members: 10, Senders: 1}, {Rooms: 3, Members: 6, Senders: 2}} {
		c := newCrowd(&Options{URLs: []string{"ws://a/ws", "ws://b/ws"}, Dialect: "chorus"}, talk.Rooms, talk.Members)
		of := func(members []*member) (onA, all int) {
			for _, m := range members {
				if m.url == "ws://a/ws" {
					onA++
				}
			}
			return onA, len(members)
		}
		for what, members := range map[string][]*member{"members": c.members, "senders": c.senders(talk)} {
			if onA, all := of(members); onA*2 != all {
				t.Errorf("%d of the %d %s of %+v are on one of two addresses", onA, all, what, *talk)
			}
		}
		looking := slices.DeleteFunc(slices.Clone(c.members), func(m *member) bool { return !m.observes })
		if onA, all := of(looking); all != min(observers, len(c.members)) || onA < all/8 || onA > all-all/8 {
			t.Errorf("%d of the %d observers of %+v are on one of two addresses", onA, all, *talk)
		}
	}
}

func TestThereAreNotTooManyObservers(t *testing.T) {
	c := newCrowd(&Options{URLs: []string{"ws://a/ws"}, Dialect: "chorus"}, 1, 2*observers-1)
	n := 0
	for _, m := range c.members {
		if m.observes {
			n++
		}
	}
	if n != observers {
		t.Errorf("%d of %d observe", n, len(c.members))
	}
}

func TestRubbishIsAnError(t *testing.T) {
	for name, frames := range map[string][]string{
		"chorus":     {`hello`, `{"message":{"room":"`, `{"id":3,`, message("1") + "\nhello"},
		"centrifugo": {`hello`, `{"push":{"channel":"`, `{"id":3,`},
		"socketio":   {`hello`, `43[`, `9`, ``},
	} {
		for _, frame := range frames {
			m := watcher(t)
			if _, err := dialects[name].read([]byte(frame), m); err == nil {
				t.Errorf("%s takes this: %q", name, frame)
			}
		}
	}
}

func FuzzEveryFrameIsReadToItsEnd(f *testing.F) {
	f.Add([]byte(message("1")))
	f.Add([]byte(`{"id":3,"sent":{"seq":1}}` + "\n" + `{"id":4,"error":{"code":"rate_limited"}}`))
	f.Add([]byte(`{"message":{"room":"r","seq":`))
	f.Add([]byte(`43[`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		for name, d := range dialects {
			m := newCrowd(&Options{URLs: []string{"ws://localhost/ws"}, Dialect: name}, 1, 1).members[0]
			m.ready = make(chan struct{}, 1)
			m.observes = true
			_, _ = d.read(bytes.Clone(frame), m) // must return
		}
	})
}

func TestTheFloorDeliversEverythingOnce(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = new(Floor).Serve(t.Context(), l) }()
	r := &Run{Options: Options{URLs: []string{"ws://" + l.Addr().String() + "/ws"}, Dialect: "chorus", Dialing: 4, Patience: 10 * time.Second}}
	talk := &Talk{Rooms: 2, Members: 5, Senders: 2, InFlight: 3, Size: 100, Duration: 200 * time.Millisecond}
	report, err := r.Talk(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Good() || report.Talking.Sends == 0 || report.Talking.Latency.P50 == 0 {
		t.Errorf("the report says %+v, %+v", report, report.Talking)
	}
}
