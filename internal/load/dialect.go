package load

import "net/http"

// dialect is how a service talks. Its methods keep nothing of what they are given. dial and greet are called
// before anything is read; then read by the goroutine of the connection, and send by whoever sends, at the
// same time.
type dialect interface {
	// dial returns the address to dial for a node's URL, and the headers to send.
	dial(url string) (string, http.Header)
	// greet returns the first frame, after which the member's connection is let into its room.
	greet(m *member) []byte
	// resumes reports whether greet can bring a member back to the last message that it was shown.
	resumes() bool
	// send appends the frame by which a text is sent. The reference comes back with the answer.
	send(b []byte, reference uint64, room string, text []byte) []byte
	// read tells a member what a frame says, and returns the frame to answer with, if any.
	read(frame []byte, m *member) (answer []byte, err error)
}

var dialects = map[string]dialect{"chorus": chorus{}, "socketio": socketIO{}, "centrifugo": centrifugo{}}
