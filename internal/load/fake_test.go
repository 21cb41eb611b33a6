package load

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// fake is a service that does what no node does. It speaks as much of chorus.v1 as the generator needs.
type fake struct {
	// say is what happens when somebody sends, in place of storing, showing and acknowledging it.
	say func(f *fake, from *websocket.Conn, n, id uint64, room, text []byte)

	welcome time.Duration // how long it takes to let somebody in
	mu      sync.Mutex    // held in say, and when somebody is let in
	members []*websocket.Conn
	sends   uint64
}

// start returns a generator that talks to the service.
// The tests with a fake wait more than they work, so they run at the same time.
func (f *fake) start(t *testing.T) *Run {
	t.Helper()
	t.Parallel()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return &Run{Options: Options{URLs: []string{"ws" + strings.TrimPrefix(s.URL, "http")}, Dialect: "chorus", Dialing: 8, Patience: 1500 * time.Millisecond}}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u := websocket.Upgrader{Subprotocols: []string{"chorus.v1"}}
	c, err := u.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	for {
		_, frame, err := c.ReadMessage()
		if err != nil {
			return
		}
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			f.take(c, line)
		}
	}
}

func (f *fake) take(c *websocket.Conn, line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, rest := number(bytes.TrimPrefix(line, answerAhead))
	switch room, text := between(rest, `"room":"`), between(rest, `"text":"`); {
	case room == nil:
		time.Sleep(f.welcome)
		f.tell(c, `{"id":%d,"welcome":{"token":""}}`, id)
	case text == nil:
		f.members = append(f.members, c)
		f.tell(c, `{"id":%d,"joined":{"head":{"seq":0}}}`, id)
	default:
		f.sends++
		f.say(f, c, f.sends, id, room, text)
	}
}

func (f *fake) tell(c *websocket.Conn, format string, values ...any) {
	_ = c.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, values...))
}

func (f *fake) acknowledge(c *websocket.Conn, id, seq uint64) {
	f.tell(c, `{"id":%d,"sent":{"seq":%d}}`, id, seq)
}

// show shows all a message.
func (f *fake) show(room []byte, seq uint64, text []byte) {
	for _, c := range f.members {
		f.tell(c, "%s", shown(room, seq, text))
	}
}

func shown(room []byte, seq uint64, text []byte) []byte {
	return fmt.Appendf(nil, `{"message":{"room":"%s","seq":%d,"id":"i","text":"%s"}}`, room, seq, text)
}

func few() *Talk {
	return &Talk{Rooms: 1, Members: 3, Senders: 1, InFlight: 1, Size: 64, Rate: 50, Duration: 300 * time.Millisecond}
}

// found lets people talk on the service, and returns the report, and what it says to people.
func (f *fake) found(t *testing.T, talk *Talk) (*Report, string) {
	t.Helper()
	report, err := f.start(t).Talk(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if _, err := report.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return report, text.String()
}

func TestWhatIsNeverAnsweredIsFound(t *testing.T) {
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		f.show(room, n, text)
		if n != 3 {
			f.acknowledge(c, id, n)
		}
	}}
	report, text := f.found(t, few())
	if report.Good() || report.Flaws.Unanswered != 1 || !strings.Contains(text, "1 unanswered") {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

func TestWhereNothingIsTakenNothingIsGood(t *testing.T) {
	f := &fake{say: func(f *fake, c *websocket.Conn, _, id uint64, _, _ []byte) {
		f.tell(c, `{"id":%d,"error":{"code":"rate_limited","message":"later"}}`, id)
	}}
	report, text := f.found(t, few())
	if report.Good() || report.Flaws != (Flaws{}) || report.Refused == 0 || !strings.Contains(text, "WRONG: nothing was acknowledged") ||
		*report.FirstRefusal != (Refusal{"rate_limited", "later"}) || !strings.Contains(text, "rate_limited: later") {
		t.Errorf("found was %+v, and said\n%s", report, text)
	}
}

func TestRefusalsStandBesideTheVerdict(t *testing.T) {
	var seq uint64
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		if n == 2 {
			f.tell(c, `{"id":%d,"error":{"code":"rate_limited","message":"later"}}`, id)
			return
		}
		seq++
		f.show(room, seq, text)
		f.acknowledge(c, id, seq)
	}}
	report, text := f.found(t, few())
	if _, verdict, _ := strings.Cut(text, "checked"); !report.Good() || !strings.Contains(verdict, "1 send was refused") {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

// A service that stores the last message twice shows it a moment after everything was acknowledged.
func TestAMessageThatIsStoredTwiceAtTheEndIsFound(t *testing.T) {
	var last *time.Timer
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		f.show(room, n, text)
		f.acknowledge(c, id, n)
		if last != nil {
			last.Stop()
		}
		last = time.AfterFunc(150*time.Millisecond, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.show(room, n+1, text)
		})
	}}
	if report, text := f.found(t, few()); report.Good() || report.Flaws != (Flaws{Stored: 1, Disordered: 3}) {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

func TestWhatWasAnsweredThatItIsNotKnownMayBeStored(t *testing.T) {
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		f.show(room, n, text)
		if n == 2 {
			f.tell(c, `{"id":%d,"error":{"code":"unavailable","message":"who knows"}}`, id)
			return
		}
		f.acknowledge(c, id, n)
	}}
	if report, text := f.found(t, few()); !report.Good() {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

// What is shown after the time that counts, and not until then, was under way for long.
func TestWhatComesLateCounts(t *testing.T) {
	talk := few()
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		time.AfterFunc(200*time.Millisecond, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.show(room, n, text)
			f.acknowledge(c, id, n)
		})
	}}
	talk.Duration = 150 * time.Millisecond
	report, err := f.start(t).Talk(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	if p := report.Talking.Latency; p.P50 < 190 || p.P50 > 390 {
		t.Errorf("half were under way for %.1f ms", p.P50)
	}
}

// Who reads slowly lets the senders wait.
func TestWhatWasDueAndNotSentIsReported(t *testing.T) {
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		f.show(room, n, text)
		f.acknowledge(c, id, n)
		time.Sleep(200 * time.Microsecond)
	}}
	talk := few()
	talk.Rate, talk.Size = 100_000, 4000
	report, text := f.found(t, talk)
	if report.Talking.Owed == 0 || !strings.Contains(text, "were due and not sent") {
		t.Errorf("%s", text)
	}
}

// A service that stops reading and answering, and keeps the connection, must not hold the generator up.
func TestAServiceThatTakesNothingIsGivenUp(t *testing.T) {
	ended := t.Context()
	f := &fake{say: func(*fake, *websocket.Conn, uint64, uint64, []byte, []byte) { <-ended.Done() }}
	talk := few()
	talk.Rate, talk.Size = 100_000, 4000
	if report, text := f.found(t, talk); report.Flaws.Cut != 1 || !strings.Contains(text, "timeout") {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

// What was said after somebody was cut off is not missing as well.
func TestWhoWasCutOffIsOneFlaw(t *testing.T) {
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		if n == 4 {
			i := slices.IndexFunc(f.members, func(m *websocket.Conn) bool { return m != c })
			f.members[i].Close()
		}
		f.show(room, n, text)
		f.acknowledge(c, id, n)
	}}
	if report, text := f.found(t, few()); report.Flaws != (Flaws{Cut: 1}) || !strings.Contains(text, "the first cut: ws://") {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

func TestWhoSpeaksRubbishIsHungUpOn(t *testing.T) {
	f := &fake{say: func(f *fake, c *websocket.Conn, _, id uint64, _, _ []byte) { f.tell(c, `{"id":%d,`, id) }}
	if report, text := f.found(t, few()); report.Flaws != (Flaws{Cut: 1}) || !strings.Contains(text, "can't be read") {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

func TestWhoSendsDoesNotStopReading(t *testing.T) {
	f := &fake{}
	f.say = func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) { f.acknowledge(c, id, n) }
	talk := few()
	talk.Members, talk.Senders = 3, 2
	report, err := f.start(t).Slow(t.Context(), talk, 2)
	if err != nil {
		t.Fatal(err)
	}
	if report.Slowed.Connections != 1 {
		t.Errorf("%d of those who do not send stopped reading, of 1", report.Slowed.Connections)
	}
}

// Who stops reading for a second is shown most of what is said then half a second late or more; here, two of three.
func TestWhoStopsReadingIsNotAmongThoseWhoWereShownThingsLate(t *testing.T) {
	f := &fake{}
	f.say = func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		f.show(room, n, text)
		f.acknowledge(c, id, n)
	}
	talk := few()
	talk.Duration = time.Second
	report, err := f.start(t).Slow(t.Context(), talk, 2)
	if err != nil {
		t.Fatal(err)
	}
	if p := report.Talking.Latency; report.Slowed.CaughtUp != 2 || p.Max == 0 || p.P90 > 500 {
		t.Errorf("read on: %+v; under way: %s", report.Slowed, p)
	}
}

// A service that numbers two messages in a row, and swaps what they say, is found out by the observers.
func TestMessagesThatChangePlacesAreFound(t *testing.T) {
	var first []byte
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		switch n {
		case 1:
			first = slices.Clone(text)
		case 2:
			f.show(room, 1, text)
			f.show(room, 2, first)
		default:
			f.show(room, n, text)
		}
		f.acknowledge(c, id, n)
	}}
	if report, text := f.found(t, few()); report.Flaws != (Flaws{Disordered: 3}) || !strings.Contains(text, "3 disordered") {
		t.Errorf("found was %+v, and said\n%s", report.Flaws, text)
	}
}

// Where one is let in after the other, the last one has waited for all of them.
func TestWhoWaitsToConnectIsLate(t *testing.T) {
	r := (&fake{welcome: 30 * time.Millisecond}).start(t)
	r.Options.Dialing = 1
	report, err := r.Storm(t.Context(), 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	if p := report.Entering.Time; p.Max < 150 {
		t.Errorf("it took %v", p)
	}
}

func TestABurstIsMeantToBeSentAtOnce(t *testing.T) {
	stamps := make(map[string]int)
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		stamps[string(text[:atDigits])]++
		f.show(room, n, text)
		f.acknowledge(c, id, n)
	}}
	report, err := f.start(t).Burst(t.Context(), few(), 50)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Good() || len(stamps) != 1 {
		t.Errorf("%+v, and %d times", report.Flaws, len(stamps))
	}
}
