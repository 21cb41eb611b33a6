package wire

import (
	"fmt"
	"time"
)

// Code says what kind of refusal an Error is, for programs to act on.
type Code string

// The codes that there are.
const (
	CodeBadRequest       Code = "bad_request"
	CodeNotConnected     Code = "not_connected"
	CodeAlreadyConnected Code = "already_connected"
	CodeUnauthorized     Code = "unauthorized"
	CodeForbidden        Code = "forbidden"
	CodeAlreadyJoined    Code = "already_joined"
	CodeNotJoined        Code = "not_joined"
	CodeTooManyRooms     Code = "too_many_rooms"
	CodeRateLimited      Code = "rate_limited"
	CodeFork             Code = "fork"
	CodeExpired          Code = "expired"   // over HTTP only: a session is sent a reset instead
	CodeNotFound         Code = "not_found" // over HTTP only
	CodeUnavailable      Code = "unavailable"
	CodeInternal         Code = "internal"
)

// Error is a refusal: what a client is told.
type Error struct {
	Code Code `json:"code"`
	// Message is a sentence for people.
	Message string `json:"message"`
	// Field names what is wrong in a bad request, such as "send.text".
	Field string `json:"field,omitzero"`
	// Retryable says whether the same command may succeed later.
	Retryable bool `json:"retryable"`
	// RetryAfterMS is how long to wait before that, where it is known.
	RetryAfterMS int64 `json:"retry_after_ms,omitzero"`
}

func (e *Error) Error() string { return e.Message }

// BadRequest refuses a field.
func BadRequest(field, reason string) *Error {
	return &Error{Code: CodeBadRequest, Message: field + ": " + reason, Field: field}
}

// Refuse refuses a command as a whole; trying again does not help.
func Refuse(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// TryAgain refuses a command that may succeed later.
func TryAgain(code Code, message string) *Error {
	return &Error{Code: code, Message: message, Retryable: true}
}

// RateLimited refuses what somebody does too often or has too much of, and says how long to wait.
func RateLimited(message string, wait time.Duration) *Error {
	const unknown = 3 * time.Second // something of one's own has to end first
	if wait <= 0 {
		wait = unknown
	}
	e := TryAgain(CodeRateLimited, fmt.Sprintf("%s, try again in %s", message, max(wait.Round(100*time.Millisecond), 100*time.Millisecond)))
	e.RetryAfterMS = wait.Milliseconds() + 1
	return e
}
