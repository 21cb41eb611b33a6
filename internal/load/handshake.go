package load

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode"
)

// maxBody is how many bytes are shown of what a service says in place of a handshake.
const maxBody = 200

// notUpgraded returns an error that says what a service answered in place of a handshake: which limit
// it was is in the body. Pages for people are left out.
func notUpgraded(d dialect, r *http.Response) error {
	body, _ := io.ReadAll(r.Body) // of which there is only the beginning
	said := r.Status
	if why := reason(body); why != "" && !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		said += ": " + why
	}
	if _, ok := d.(chorus); ok && (r.StatusCode == http.StatusOK || r.StatusCode == http.StatusNotFound) {
		said += "; the address of Chorus ends in /ws"
	}
	return errors.New(said)
}

// reason returns the code and the message of an error of Chorus, or else the beginning of a text, on one line.
func reason(body []byte) string {
	var e struct{ Error Refusal }
	if json.Unmarshal(body, &e) == nil && e.Error != (Refusal{}) {
		return e.Error.String()
	}
	text := strings.ToValidUTF8(string(body[:min(maxBody, len(body))]), "")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.IsSpace(r) {
			return r
		}
		return -1 // what a terminal would obey
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
