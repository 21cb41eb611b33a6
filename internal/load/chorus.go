package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
)

// chorus is the protocol chorus.v1.
type chorus struct{}

func (chorus) dial(url string) (string, http.Header) {
	return url, http.Header{"Sec-Websocket-Protocol": {"chorus.v1"}}
}

// The ids of the commands with which a session begins; those of sends follow.
const (
	connectID = 1 + iota
	joinID
	firstSendID
)

func (chorus) greet(m *member) []byte {
	type position struct {
		Seq uint64 `json:"seq"`
		ID  string `json:"id"`
	}
	type join struct {
		Room  string    `json:"room"`
		Since *position `json:"since,omitempty"`
	}
	j := join{Room: m.room.name}
	if last := m.last.Load(); last > 0 {
		j.Since = &position{last, string(m.lastID)}
	}
	hello := map[string]string{"name": m.name}
	if m.token != "" {
		hello = map[string]string{"token": m.token}
	}
	connect, _ := json.Marshal(map[string]any{"id": connectID, "connect": hello})
	joined, _ := json.Marshal(map[string]any{"id": joinID, "join": j})
	return append(append(connect, '\n'), joined...)
}

func (chorus) resumes() bool { return true }

func (chorus) send(b []byte, reference uint64, room string, text []byte) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendUint(b, reference+firstSendID, 10)
	b = append(b, `,"send":{"room":"`...)
	b = append(b, room...)
	b = append(b, `","key":"`...)
	b = strconv.AppendUint(b, rand.Uint64(), 36)
	b = append(b, `","text":"`...)
	b = append(b, text...)
	return append(b, `"}}`...)
}

var (
	messageAhead = []byte(`{"message":{"room":"`)
	roomEnd      = []byte(`","seq":`)
	seqAhead     = []byte(`"seq":`)
	idAhead      = []byte(`,"id":"`)
	textAhead    = []byte(`"text":"`)
	answerAhead  = []byte(`{"id":`)
	sentAhead    = []byte(`,"sent":`)
)

func (c chorus) read(frame []byte, m *member) ([]byte, error) {
	var newest []byte // what comes after the seq of the last message
	for len(frame) > 0 {
		line := frame
		if i := bytes.IndexByte(frame, '\n'); i >= 0 {
			line, frame = frame[:i], frame[i+1:]
		} else {
			frame = nil
		}
		if !bytes.HasPrefix(line, messageAhead) {
			if err := c.other(line, m); err != nil {
				return nil, err
			}
			continue
		}
		// The room comes first, and has no quotes in it.
		rest, ok := bytes.CutPrefix(afterRoom(line[len(messageAhead):], m), roomEnd)
		if !ok {
			return nil, fmt.Errorf("this message is not of %s, or has no seq after it: %s", m.room.name, line)
		}
		seq, rest := number(rest)
		if m.shown(seq) && m.observes {
			m.observe(after(rest, textAhead))
		}
		newest = rest
	}
	if id, ok := bytes.CutPrefix(newest, idAhead); ok {
		m.lastID = append(m.lastID[:0], id[:max(0, bytes.IndexByte(id, '"'))]...)
	}
	return nil, nil
}

// afterRoom returns what comes after the name of a member's room, nil where b does not begin with it.
func afterRoom(b []byte, m *member) []byte {
	if n := len(m.room.name); len(b) >= n && string(b[:n]) == m.room.name {
		return b[n:]
	}
	return nil
}

// after returns what comes after something, nil where it does not stand.
func after(b, ahead []byte) []byte {
	_, rest, _ := bytes.Cut(b, ahead)
	return rest
}

// other reads what is not a message: an answer, or something that nobody waits for.
func (c chorus) other(line []byte, m *member) error {
	rest, isAnswer := bytes.CutPrefix(line, answerAhead)
	if !isAnswer {
		return c.pushed(line, m)
	}
	id, rest := number(rest)
	if sent, ok := bytes.CutPrefix(rest, sentAhead); ok {
		if at := bytes.Index(sent, seqAhead); at >= 0 {
			seq, _ := number(sent[at+len(seqAhead):])
			m.sent(id-firstSendID, seq)
			return nil
		}
	}
	var e struct {
		Welcome *struct{ Token string }
		Joined  *struct{ Head struct{ Seq uint64 } }
		Error   *Refusal
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("this answer can't be read: %w: %s", err, line)
	}
	switch {
	case e.Error != nil && id >= firstSendID:
		m.refused(id-firstSendID, *e.Error, e.Error.Code == "unavailable")
	case e.Error != nil:
		return fmt.Errorf("not let in: %s", e.Error)
	case e.Welcome != nil:
		m.token = e.Welcome.Token
	case e.Joined != nil:
		m.joined(e.Joined.Head.Seq)
	}
	return nil
}

func (chorus) pushed(line []byte, m *member) error {
	switch {
	case bytes.HasPrefix(line, []byte(`{"reset"`)):
		m.reset()
	case !bytes.HasPrefix(line, []byte(`{"`)):
		return fmt.Errorf("this can't be read: %s", line)
	}
	return nil
}
