package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// centrifugo is the JSON protocol of Centrifugo, with a channel with history for each room. Its answer to
// who sends does not say the message's number. A position is an offset and an epoch, which takes the place of a
// message's id.
type centrifugo struct{}

func (centrifugo) dial(url string) (string, http.Header) { return url, nil }

func (centrifugo) greet(m *member) []byte {
	connect, _ := json.Marshal(map[string]any{"id": connectID, "connect": struct{}{}})
	channel := map[string]any{"channel": m.room.name}
	if last := m.last.Load(); last > 0 {
		channel["recover"], channel["offset"], channel["epoch"] = true, last, string(m.lastID)
	}
	subscribe, _ := json.Marshal(map[string]any{"id": joinID, "subscribe": channel})
	return append(append(connect, '\n'), subscribe...)
}

func (centrifugo) resumes() bool { return true }

func (centrifugo) send(b []byte, reference uint64, room string, text []byte) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, reference+firstSendID, 10)
	b = append(b, `,"publish":{"channel":"`...)
	b = append(b, room...)
	b = append(b, `","data":{"text":"`...)
	b = append(b, text...)
	return append(b, `"}}}`...)
}

var (
	pushAhead   = []byte(`{"push":{"channel":"`)
	offsetAhead = []byte(`"offset":`)
)

func (c centrifugo) read(frame []byte, m *member) (answer []byte, err error) {
	for line := range bytes.SplitSeq(frame, []byte("\n")) {
		switch {
		case len(line) == 0:
		case string(line) == "{}":
			answer = []byte("{}") // a ping
		case bytes.HasPrefix(line, pushAhead):
			if err := c.push(line, m); err != nil {
				return nil, err
			}
		default:
			if err := c.reply(line, m); err != nil {
				return nil, err
			}
		}
	}
	return answer, nil
}

// push reads a publication; the offset comes after the data.
func (centrifugo) push(line []byte, m *member) error {
	if !bytes.HasPrefix(afterRoom(line[len(pushAhead):], m), []byte(`"`)) {
		return fmt.Errorf("this is not of %s: %s", m.room.name, line)
	}
	at := bytes.LastIndex(line, offsetAhead)
	if at < 0 {
		return nil // not a publication
	}
	seq, _ := number(line[at+len(offsetAhead):])
	if m.shown(seq) && m.observes {
		m.observe(after(line, textAhead))
	}
	return nil
}

func (centrifugo) reply(line []byte, m *member) error {
	var e struct {
		ID    uint64
		Error *struct {
			Code    int
			Message string
		}
		Publish   *struct{}
		Subscribe *struct {
			Epoch        string
			Offset       uint64
			Recovered    bool
			Publications []struct{ Offset uint64 }
		}
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("this reply can't be read: %w: %s", err, line)
	}
	switch {
	case e.Error != nil && e.ID >= firstSendID:
		m.refused(e.ID-firstSendID, Refusal{strconv.Itoa(e.Error.Code), e.Error.Message}, true)
	case e.Error != nil:
		return fmt.Errorf("not let in: %s", e.Error.Message)
	case e.Subscribe != nil:
		m.lastID = append(m.lastID[:0], e.Subscribe.Epoch...)
		if m.view.last > 0 && !e.Subscribe.Recovered {
			m.reset()
		}
		for _, p := range e.Subscribe.Publications {
			m.shown(p.Offset)
		}
		m.joined(e.Subscribe.Offset)
	case e.Publish != nil:
		m.sent(e.ID-firstSendID, 0)
	}
	return nil
}
