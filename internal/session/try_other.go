//go:build !unix

package session

import "syscall"

// tryWrite would write what the system has place for, if there were a way to.
func tryWrite(_ syscall.RawConn, b []byte) (left []byte, err error) { return b, nil }
