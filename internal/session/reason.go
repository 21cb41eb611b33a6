package session

import (
	"errors"
	"net"

	"github.com/gorilla/websocket"
)

// Reason is why a session ended: what the client is told in the close frame, what is logged,
// and the label of the metric. Codes from 4000 to 4499 mean that the client should connect
// again, those from 4500 to 4999 that it should not.
type Reason struct {
	Code int // of the close frame; 0 where none can be sent
	Name string
}

// The reasons that there are.
var (
	Gone           = Reason{0, "gone"}          // the connection broke
	WriteTimeout   = Reason{0, "write_timeout"} // the client took nothing; it would not take a close frame
	FrameTooLarge  = Reason{websocket.CloseMessageTooBig, "frame_too_large"}
	BinaryFrame    = Reason{websocket.CloseUnsupportedData, "binary_frame"}
	InvalidUTF8    = Reason{websocket.CloseInvalidFramePayloadData, "invalid_utf8"}
	Shutdown       = Reason{websocket.CloseServiceRestart, "shutdown"}
	Unavailable    = Reason{websocket.CloseTryAgainLater, "unavailable"}
	ConnectTimeout = Reason{4000, "connect_timeout"}
	PingTimeout    = Reason{4001, "ping_timeout"}
	TokenExpired   = Reason{4003, "token_expired"}
	Kicked         = Reason{4004, "kicked"}
	FrameTimeout   = Reason{4006, "frame_timeout"}
	PingFlood      = Reason{4500, "ping_flood"}
	Banned         = Reason{4501, "banned"}
)

// bye is that the client said so, with a code that is said back.
func bye(code int) Reason { return Reason{code, "bye"} }

func (r Reason) isBye() bool { return r.Name == "bye" }

// Error makes a Reason what reading fails with when the client has ended the session.
func (r Reason) Error() string { return r.Name }

// whyUnwritten returns the reason that is in what writing has failed with.
func whyUnwritten(err error) Reason {
	if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
		return WriteTimeout
	}
	return Gone
}
