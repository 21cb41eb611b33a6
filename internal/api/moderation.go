package api

import (
	"cmp"
	"errors"
	"net/http"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

type act struct {
	Action  chat.ActKind `json:"action"`
	Target  string       `json:"target"` // a user's id
	Seconds int64        `json:"seconds"`
	Reason  string       `json:"reason"`
	User    chat.User    `json:"user"` // who does it
}

// moderate has something done to a user, in a room or everywhere.
func (a *API) moderate(r *http.Request) (answer, error) {
	var body act
	room, key, err := entryOf(r, &body)
	if err != nil {
		return answer{}, err
	}
	m := wire.Moderate{Room: room, Key: key, Action: body.Action, User: body.Target, Seconds: body.Seconds, Reason: body.Reason}
	if err := cmp.Or(targetError(m.Check()), checkUser(&body.User)); err != nil {
		return answer{}, err
	}
	return a.store(r, room, chat.Draft{Key: key, User: body.User, Text: m.Reason, Standing: chat.Exempt, Act: m.Act("")})
}

// targetError gives the field its name here: user is who does it.
func targetError(err error) error {
	var fieldErr *chat.FieldError
	if errors.As(err, &fieldErr) && fieldErr.Field == "user" {
		return checked("target", err)
	}
	return err
}

// sanctions lists who is muted or banned in a room, or everywhere.
func (a *API) sanctions(r *http.Request) (answer, error) {
	if _, err := query(r); err != nil {
		return answer{}, err
	}
	room, err := roomOf(r)
	if err != nil {
		return answer{}, err
	}
	list, err := a.node.Bus.Sanctions(r.Context(), room)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, wire.NewSanctionList(room, list)}, nil
}
