package chat

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Limits of what people write. A character is a Unicode code point.
const (
	MaxRoomChars = 64
	MaxNameChars = 40
	MaxKeyChars  = 64
	MaxTextChars = 4000

	maxAvatarBytes = 500
)

// FieldError says which field of somebody's input is wrong, and why.
type FieldError struct {
	Field  string
	Reason string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

func refuse(field, format string, args ...any) error {
	return &FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// Room returns the name under which the room that people call s is kept: case-folded, in
// normal form C. Letters and digits of any script, '-', '_' and '.' are allowed, so that a
// name can stand in a database key, a URL and a log line without quoting. An error is a
// *FieldError for "room".
func Room(s string) (string, error) {
	if err := length("room", s, MaxRoomChars); err != nil {
		return "", err
	}
	room, err := precis.UsernameCaseMapped.String(s)
	if err != nil {
		return "", refuse("room", "only letters, digits, '-', '_' and '.' are allowed")
	}
	for _, r := range room {
		if !allowedInRoom(r) {
			return "", refuse("room", "%q is not allowed, only letters, digits, '-', '_' and '.' are", r)
		}
	}
	if room[0] == '.' {
		return "", refuse("room", "must not begin with '.'")
	}
	// Normalising may lengthen.
	if err := length("room", room, MaxRoomChars); err != nil {
		return "", err
	}
	return room, nil
}

// RoomBeginning folds the beginning of a room's name, which may be empty. Less is certain than of a whole
// name: that may not be allowed whatever it begins with. An error is a *FieldError for "room".
func RoomBeginning(s string) (string, error) {
	if len(s) > utf8.UTFMax*MaxRoomChars || !utf8.ValidString(s) {
		return "", refuse("room", "is too long, or not valid UTF-8")
	}
	folded := strings.ToLower(norm.NFC.String(s))
	for _, r := range folded {
		if !allowedInRoom(r) {
			return "", refuse("room", "%q is not allowed, only letters, digits, '-', '_' and '.' are", r)
		}
	}
	return folded, nil
}

func allowedInRoom(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("-_.", r)
}

// Name returns a person's display name in the PRECIS Nickname form: no control, invisible or
// direction-changing characters, single spaces, compatible characters unified. An error is a
// *FieldError for "name".
func Name(s string) (string, error) {
	// Bounds the work; spaces at the ends are not counted in the end.
	if len(s) > 4*utf8.UTFMax*MaxNameChars {
		return "", refuse("name", "%d bytes, the limit is %d characters", len(s), MaxNameChars)
	}
	name, err := precis.Nickname.String(s)
	if err != nil {
		if strings.TrimSpace(s) == "" {
			return "", refuse("name", "is missing")
		}
		return "", refuse("name", "has characters that are not allowed in a name")
	}
	if err := length("name", name, MaxNameChars); err != nil {
		return "", err
	}
	return name, nil
}

// Avatar checks the address of a picture: https, or nothing. An error is a *FieldError for "avatar".
func Avatar(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if len(s) > maxAvatarBytes {
		return "", refuse("avatar", "%d bytes, the limit is %d", len(s), maxAvatarBytes)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", refuse("avatar", "is not an https URL")
	}
	return u.String(), nil
}

// Key checks a sender's key. An error is a *FieldError for "key".
func Key(s string) error {
	if err := length("key", s, MaxKeyChars); err != nil {
		return err
	}
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
			return refuse("key", "%q is not allowed, only A-Z, a-z, 0-9, '-' and '_' are", r)
		}
	}
	return nil
}

// Text returns what is stored for a text: the same with line breaks as "\n". An error is a
// *FieldError for "text".
func Text(s string) (string, error) {
	if strings.Contains(s, "\r\n") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	if err := length("text", s, MaxTextChars); err != nil {
		return "", err
	}
	blank := true
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return "", refuse("text", "the control character %U is not allowed", r)
		}
		blank = blank && unicode.IsSpace(r)
	}
	if blank {
		return "", refuse("text", "only white space")
	}
	return s, nil
}

func length(field, s string, limit int) error {
	if s == "" {
		return refuse(field, "is missing")
	}
	if !utf8.ValidString(s) {
		return refuse(field, "is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return refuse(field, "%d characters, the limit is %d", n, limit)
	}
	return nil
}
