package load

import "bytes"

// stamp stands at the beginning of each text.
type stamp struct {
	at     int64  // when it was meant to be sent, in nanoseconds since 1970
	sender uint64 // the number of the member
	count  uint64 // which of the sender's messages it is, from 1 on
}

// How many digits these have.
const (
	atDigits, senderDigits, countDigits = 19, 7, 10

	stampSize = atDigits + senderDigits + countDigits
)

// padding is what texts are filled up with.
var padding = bytes.Repeat([]byte("x"), 64<<10)

// appendText appends a text of a size that begins with a stamp.
func appendText(b []byte, s stamp, size int) []byte {
	b = appendDigits(b, uint64(s.at), atDigits)
	b = appendDigits(b, s.sender, senderDigits)
	b = appendDigits(b, s.count, countDigits)
	for size -= stampSize; size > 0; size -= len(padding) {
		b = append(b, padding[:min(size, len(padding))]...)
	}
	return b
}

// appendDigits appends the last digits of a number, with zeros before it.
func appendDigits(b []byte, n uint64, digits int) []byte {
	end := len(b) + digits
	b = append(b, padding[:digits]...)
	for i := end - 1; i >= end-digits; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// stampOf returns a text's stamp, and whether it has one.
func stampOf(text []byte) (s stamp, ok bool) {
	if len(text) < stampSize {
		return s, false
	}
	at, r1 := number(text[:atDigits])
	sender, r2 := number(text[atDigits : atDigits+senderDigits])
	count, r3 := number(text[atDigits+senderDigits : stampSize])
	return stamp{int64(at), sender, count}, len(r1)+len(r2)+len(r3) == 0
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
