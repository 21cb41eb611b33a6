package session

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Taken returns how many bytes that were written to a connection have arrived on the other side: the system
// there confirms what it has place for, which is little more than what was read. more says that others are on
// their way. Of nil nothing is known.
func Taken(conn syscall.RawConn) (bytes uint64, more bool) {
	if conn == nil {
		return 0, false
	}
	_ = conn.Control(func(fd uintptr) { // fails when the connection is closed
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			bytes, more = info.Bytes_acked, info.Unacked > 0 || info.Notsent_bytes > 0
		}
	})
	return bytes, more
}
