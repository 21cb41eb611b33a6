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
	writes func(fd uintptr) bool
}

var attempts = sync.Pool{New: func() any {
	a := new(attempt)
	a.writes = a.write
	return a
}}

// tryWrite writes to a connection what its system has place for, and returns the rest.
func tryWrite(conn syscall.RawConn, b []byte) (left []byte, err error) {
	a := attempts.Get().(*attempt)
	defer attempts.Put(a)
	a.b = b
	err = conn.Write(a.writes) // fails when the connection is closed or was cut
	if err == nil {
		err = a.err
	}
	left = b[a.n:]
	a.b, a.n, a.err = nil, 0, nil
	return left, err
}

// write reports, as it has to, that there is nothing to wait for.
func (a *attempt) write(fd uintptr) bool {
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
		return true
	}
}
