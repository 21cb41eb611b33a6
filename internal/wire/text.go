package wire

import "encoding/binary"

// Text is a WebSocket frame as a server writes it, so that it is made once for all who are sent it: some lines, or
// a ping or a pong, which has none.
type Text struct {
	Framed []byte
	Lines  []byte // a part of Framed
}

// TextHead is the place that has to be left before the lines of a [Text].
const TextHead = 10

const (
	finalText = 0x81
	finalPing = 0x89
	finalPong = 0x8a
)

// NewText makes a text of what stands in b behind the place for the head, which it writes there.
func NewText(b []byte) Text {
	at, lines := 0, b[TextHead:]
	switch n := len(lines); {
	case n < 126:
		at = TextHead - 2
		b[at+1] = byte(n)
	case n < 1<<16:
		at = TextHead - 4
		b[at+1] = 126
		binary.BigEndian.PutUint16(b[at+2:], uint16(n))
	default:
		b[at+1] = 127
		binary.BigEndian.PutUint64(b[at+2:], uint64(n))
	}
	b[at] = finalText
	return Text{b[at:], lines}
}

// PingFrame asks a client for a sign of life.
var PingFrame = &Frame{text: Text{Framed: []byte{finalPing, 0}}}

// PongFrame is the answer to a client's ping, of which data are up to 125 bytes.
func PongFrame(data string) *Frame {
	return &Frame{text: Text{Framed: append([]byte{finalPong, byte(len(data))}, data...)}}
}
