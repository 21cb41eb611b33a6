package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// socketIO is version 5 of the Socket.IO protocol over WebSocket, as tests/bench/socketio talks it: `join`
// and `send` are events with an acknowledgement, `message` is what members of a room are sent. The server
// numbers the messages of a room, so that what is lost is found in the same way.
type socketIO struct{}

func (socketIO) dial(url string) (string, http.Header) {
	base, _, _ := strings.Cut(url, "?")
	return base + "/socket.io/?EIO=4&transport=websocket", nil
}

// What packets begin with.
const (
	engineOpen    = "0"
	enginePing    = "2"
	enginePong    = "3"
	connectPacket = "40"
	eventPacket   = "42"
	ackPacket     = "43"
)

func (socketIO) greet(*member) []byte { return []byte(connectPacket) }

// resumes is not so: with this adapter the server keeps nothing for who comes back.
func (socketIO) resumes() bool { return false }

func (socketIO) send(b []byte, reference uint64, room string, text []byte) []byte {
	b = append(b, eventPacket...)
	b = strconv.AppendUint(b, reference+1, 10) // 0 is the join
	b = append(b, `["send",{"room":"`...)
	b = append(b, room...)
	b = append(b, `","text":"`...)
	b = append(b, text...)
	return append(b, `"}]`...)
}

var socketMessageAhead = []byte(`42["message",{"seq":`)

func (socketIO) read(frame []byte, m *member) ([]byte, error) {
	if rest, ok := bytes.CutPrefix(frame, socketMessageAhead); ok {
		seq, rest := number(rest)
		if m.shown(seq) && m.observes {
			m.observe(after(rest, textAhead))
		}
		return nil, nil
	}
	switch packet := string(frame[:min(2, len(frame))]); {
	case strings.HasPrefix(packet, engineOpen):
		return nil, nil
	case strings.HasPrefix(packet, enginePing):
		return []byte(enginePong), nil
	case packet == connectPacket:
		return fmt.Appendf(nil, `420["join",{"room":%q}]`, m.room.name), nil
	case packet == ackPacket:
		reference, rest := number(frame[2:])
		var answer []struct{ Seq uint64 }
		if err := json.Unmarshal(rest, &answer); err != nil || len(answer) != 1 {
			return nil, fmt.Errorf("this acknowledgement can't be read: %s", frame)
		}
		if reference == 0 {
			m.joined(answer[0].Seq)
		} else {
			m.sent(reference-1, answer[0].Seq)
		}
		return nil, nil
	}
	return nil, errors.New("this packet is not known: " + string(frame))
}
