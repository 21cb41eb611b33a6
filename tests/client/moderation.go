package client

import "context"

// Everywhere is where what concerns the whole service is announced and done.
const Everywhere = "@"

// Moderate does something to a user, for so many seconds, or with 0 for good.
func (c *Client) Moderate(ctx context.Context, room, action, user string, seconds int) (Position, error) {
	fields := map[string]any{"room": room, "key": NewKey(), "action": action, "user": user}
	if seconds > 0 {
		fields["seconds"] = seconds
	}
	e, err := c.Do(ctx, "moderate", fields)
	if err != nil {
		return Position{}, err
	}
	return Position{e.Sent.Seq, e.Sent.ID}, nil
}

// Announce says something that everybody is to notice.
func (c *Client) Announce(ctx context.Context, room, text string) (Position, error) {
	e, err := c.Do(ctx, "announce", map[string]any{"room": room, "key": NewKey(), "text": text})
	if err != nil {
		return Position{}, err
	}
	return Position{e.Sent.Seq, e.Sent.ID}, nil
}

// Sanctions returns who is muted or banned.
func (c *Client) Sanctions(ctx context.Context, room string) ([]Sanction, error) {
	e, err := c.Do(ctx, "sanctions", map[string]any{"room": room})
	if err != nil {
		return nil, err
	}
	return e.Sanctions.Sanctions, nil
}
