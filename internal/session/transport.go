package session

import (
	"bytes"
	"time"

	"chorus/internal/wire"
)

// transport carries frames between a session and its client. One goroutine at a time reads, one at a time
// writes; the other methods may be called whenever. How a session ends is the session's affair: an error
// that is a Reason says that the client has ended it.
type transport interface {
	// await waits for the next frame, and read reads it into an empty buffer: who only waits needs none.
	await() error
	read(*bytes.Buffer) error
	// interrupt makes both fail, now and later, but for what has come already.
	interrupt()
	// stuck reports whether a frame has been under way for so long.
	stuck(time.Duration) bool

	// try writes as many bytes of a frame as go without waiting for the client. The rest has to be written before
	// anything else is: finish does, and takes as long as the client does.
	try(wire.Framed) (n int, err error)
	finish(f wire.Framed, n int) error
	// taken returns how many bytes the client has taken, and whether more are on their way to it, as far as the
	// system knows. cut makes a write that waits fail with a timeout, for a client that takes nothing; it may have
	// to be repeated.
	taken() (bytes uint64, more bool)
	cut()
	// protocol returns what the session counts as, where it does not speak plain text.
	protocol() string
	// sayGoodbye tells the client why the session ends, after all else was written.
	sayGoodbye(Reason)

	// Close cuts the connection. Reading and writing fail from then on.
	Close() error
}
