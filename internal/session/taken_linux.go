package session

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Taken returns how many bytes that were written to a connection have arrived on the other side: the system
// there confirms what it has place for, which is little more than what was read.
func Taken(conn syscall.Conn) (bytes uint64) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { // fails when the connection is closed
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			bytes = info.Bytes_acked
		}
	})
	return bytes
}
