package wire

import (
	"errors"

	"github.com/go-json-experiment/json"
)

// DecodeBody reads the body of an HTTP request, one JSON object, as strictly as commands are read.
// What is in it has still to be checked. Errors are *Error.
func DecodeBody(body []byte, v any) error {
	err := json.Unmarshal(body, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var refusal *Error
	if errors.As(decodeError(err), &refusal) && refusal.Field != fieldOfNoMember {
		return refusal
	}
	return BadRequest("body", "must be one JSON object")
}
