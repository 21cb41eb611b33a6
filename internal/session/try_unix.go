//go:build unix

package session

import (
	"sync"
	"syscall"
)

// attempt is a write that does not wait. It is kept with its function, so that none is made for each.
type attempt struct {
	b      []byte
	n      int
	err    error
	writes func(fd uintptr)
}

var attempts = sync.Pool{New: func() any {
	a := new(attempt)
	a.writes = a.write
	return a
}}

// tryWrite writes to a connection as many bytes as its system has place for. It does not use the connection's own
// way to write, which waits for other writes: one that is the library's may wait for the client.
func tryWrite(conn syscall.RawConn, b []byte) (n int, err error) {
	a := attempts.Get().(*attempt)
	defer attempts.Put(a)
	a.b = b
	err = conn.Control(a.writes) // fails when the connection is closed
	if err == nil {
		err = a.err
	}
	n = a.n
	a.b, a.n, a.err = nil, 0, nil
	return n, err
}

func (a *attempt) write(fd uintptr) {
	for {
		n, err := syscall.Write(int(fd), a.b)
		switch err {
		case syscall.EINTR:
			continue
		case nil:
			a.n = n
		case syscall.EAGAIN:
		default:
			a.err = err
		}
		return
	}
}
