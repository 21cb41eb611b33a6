package session

import (
	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// Plain text: each frame is a message to one room, each message in the room is a frame, and each edit one
// that begins with a star. It has no answers; what can't be stored is said in a notice.

// joinPlain makes the session a guest in its room, from the head on.
func (s *Session) joinPlain() *wire.Error {
	s.be(auth.Identity{User: auth.NewGuest(s.client.Plain.Name), Rights: s.group.node.Auth.Public()})
	if err := s.client.Limits.SetUser(s.user.ID); err != nil {
		return s.refusal(err)
	}
	m, _, err := s.group.node.Hub.Join(s.context(), s.client.Plain.Room, hub.Visit{User: s.user}, s)
	if err != nil {
		return s.refusal(err)
	}
	s.members = append(s.members, m)
	s.Behind(m)
	s.welcomed.Store(true)
	return nil
}

func (s *Session) handlePlain(frame []byte) {
	s.group.node.Metrics.Commands.WithLabelValues("send").Inc()
	text, err := chat.Text(string(frame))
	if err == nil {
		err = s.client.Limits.Allow(limit.Message)
	}
	if err == nil {
		_, err = s.publish(s.members[0], chat.Draft{Key: chat.NewID(), Text: text}, "")
	}
	if err != nil {
		s.answer(&wire.Frame{Texts: []string{"! not sent: " + s.refusal(err).Message}})
	}
}
