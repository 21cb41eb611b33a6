package load

import (
	"bytes"
	"strconv"
	"time"
)

// stampSize is the length of the time at the beginning of each text, in nanoseconds since 1970.
const stampSize = 19

// padding is what texts are filled up with.
var padding = bytes.Repeat([]byte("x"), 64<<10)

// appendText appends a text of a size that says when it was meant to be sent.
func appendText(b []byte, at time.Time, size int) []byte {
	b = strconv.AppendInt(b, at.UnixNano(), 10)
	for size -= stampSize; size > 0; size -= len(padding) {
		b = append(b, padding[:min(size, len(padding))]...)
	}
	return b
}

// stampOf returns when a text was meant to be sent, in nanoseconds since 1970, and whether it says so.
func stampOf(text []byte) (int64, bool) {
	if len(text) < stampSize {
		return 0, false
	}
	n, rest := number(text[:stampSize])
	return int64(n), len(rest) == 0
}

// number returns the number at the beginning of b, and what comes after it.
func number(b []byte) (n uint64, rest []byte) {
	for i, c := range b {
		if c < '0' || c > '9' {
			return n, b[i:]
		}
		n = n*10 + uint64(c-'0')
	}
	return n, nil
}
