package wire

import "encoding/binary"

// Framed is a WebSocket frame as a server writes it, made once for all who are sent it. It has some lines, or is
// about the connection: then it has none.
type Framed struct {
	Bytes []byte
	// Lines are events in chorus.v1, separated by line breaks, without one at the end. They are a part of Bytes.
	Lines []byte
}

// FrameHead is the place that has to be left before the lines of what becomes a [Framed].
const FrameHead = 10

const (
	finalText = 0x81
	finalPing = 0x89
	finalPong = 0x8a
)

// NewFramed frames what stands in b behind the place for the head, which it writes there.
func NewFramed(b []byte) Framed {
	at, lines := 0, b[FrameHead:]
	switch n := len(lines); {
	case n < 126:
		at = FrameHead - 2
		b[at+1] = byte(n)
	case n < 1<<16:
		at = FrameHead - 4
		b[at+1] = 126
		binary.BigEndian.PutUint16(b[at+2:], uint16(n))
	default:
		b[at+1] = 127
		binary.BigEndian.PutUint64(b[at+2:], uint64(n))
	}
	b[at] = finalText
	return Framed{b[at:], lines}
}

// PingFrame asks a client for a sign of life.
var PingFrame = &Frame{Framed: Framed{Bytes: []byte{finalPing, 0}}}

// PongFrame answers a client's ping, of which data are up to 125 bytes.
func PongFrame(data string) *Frame {
	return &Frame{Framed: Framed{Bytes: append([]byte{finalPong, byte(len(data))}, data...)}}
}
