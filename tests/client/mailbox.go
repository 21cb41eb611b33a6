package client

import (
	"context"
	"slices"
)

// Mailbox is what somebody has of direct rooms and of what is unread.
type Mailbox struct {
	Rooms  []MailboxRoom `json:"rooms"`
	Missed bool          `json:"missed"`
}

// MailboxRoom is a room in a mailbox.
type MailboxRoom struct {
	Room   string   `json:"room"`
	User   *User    `json:"user"`
	Last   *Message `json:"last"`
	Head   Position `json:"head"`
	Read   Position `json:"read"`
	Unread uint64   `json:"unread"`
}

// Notice says that something was said in a direct room.
type Notice struct {
	Room string   `json:"room"`
	User User     `json:"user"`
	Head Position `json:"head"`
}

// ReadMark says how far a user has read.
type ReadMark struct {
	Room string   `json:"room"`
	User string   `json:"user"`
	At   Position `json:"at"`
}

// Mailbox asks for the mailbox, and to be told of news.
func (c *Client) Mailbox(ctx context.Context) ([]MailboxRoom, error) {
	e, err := c.Do(ctx, "mailbox", map[string]any{})
	if err != nil {
		return nil, err
	}
	return e.Mailbox.Rooms, nil
}

// Direct returns the room of the client's user and another one.
func (c *Client) Direct(other *Client) string {
	a, b := c.User.ID, other.User.ID
	return "~" + min(a, b) + "~" + max(a, b)
}

// MarkRead says that the user has read a room up to a message.
func (c *Client) MarkRead(ctx context.Context, room string, at Position) (Position, error) {
	e, err := c.Do(ctx, "read", map[string]any{"room": room, "at": at})
	if err != nil {
		return Position{}, err
	}
	return e.Read.At, nil
}

// Notices returns what was noticed, in that order.
func (c *Client) Notices() []Notice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.notices)
}

// Marks returns how far users have read, as the client was told, in that order.
func (c *Client) Marks() []ReadMark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.marks)
}
