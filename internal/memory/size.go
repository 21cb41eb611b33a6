package memory

import (
	"strings"

	"github.com/alecthomas/units"
)

// Size is a number of bytes as people write it: 512MiB, or 512m as container engines do. Nothing is 0.
type Size int64

// UnmarshalText implements encoding.TextUnmarshaler. The letters are powers of 1024, however they are written.
func (s *Size) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	number := strings.TrimRight(string(text), "iIbB")
	unit := strings.TrimLeft(number, "0123456789.")
	number = strings.TrimSuffix(number, unit)
	if unit = strings.ToUpper(unit); unit != "" {
		unit += "i"
	}
	bytes, err := units.ParseBase2Bytes(number + unit + "B")
	*s = Size(bytes)
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) { return units.Base2Bytes(s).MarshalText() }
