package bus

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"chorus/internal/chat"
)

//go:embed sanctions.lua
var sanctionsSource string

func sanctionsKey(room string) string { return "chorus:{" + room + "}:sanctions" }

// judged is how the publish script is told whose sanctions hold.
func judged(d *chat.Draft) string {
	switch d.Standing {
	case chat.Exempt:
		return ""
	case chat.Silenced:
		return "*"
	}
	return d.User.ID
}

// heldAs is what stands in the hash of sanctions.lua for an act.
func heldAs(a *chat.Act) string { return heldUntil(a.User.Name, a.Until) }

func heldUntil(name string, end time.Time) string {
	until := int64(0)
	if !end.IsZero() {
		until = max(end.UnixMilli(), 1)
	}
	return strconv.FormatInt(until, 10) + " " + name
}

// heldArgs are sanctions as the restore script is given them.
func heldArgs(held []chat.Sanction) []any {
	if held == nil {
		return []any{-1}
	}
	args := []any{len(held)}
	for _, s := range held {
		args = append(args, string(s.Kind)+":"+s.User.ID, heldUntil(s.User.Name, s.Until))
	}
	return args
}

// parseUntil reads the end of a sanction.
func parseUntil(ms string) (time.Time, error) {
	if ms == "0" {
		return time.Time{}, nil
	}
	return parseTime(ms)
}

// refusedBy is the error for what the publish script was refused with.
func refusedBy(kind, ends string) error {
	until, err := parseUntil(ends)
	if err != nil {
		return fmt.Errorf("the publish script refused until %q", ends)
	}
	return &SanctionError{Kind: chat.ActKind(kind), Until: until}
}

// Sanctions implements Bus.
func (b *Redis) Sanctions(ctx context.Context, room string) ([]chat.Sanction, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	fields, err := b.db.HGetAll(ctx, sanctionsKey(room)).Result()
	if err := b.reading.result(ctx, err); err != nil {
		return nil, err
	}
	list := make([]chat.Sanction, 0, len(fields))
	for field, value := range fields {
		kind, user, _ := strings.Cut(field, ":")
		ms, name, _ := strings.Cut(value, " ")
		until, err := parseUntil(ms)
		if err != nil || user == "" {
			return nil, fmt.Errorf("the sanctions of %s: %.40q: %.40q is none", room, field, value)
		}
		list = append(list, chat.Sanction{Kind: chat.ActKind(kind), User: chat.User{ID: user, Name: name}, Until: until})
	}
	return chat.NewSanctions(list).InForce(time.Now()), nil
}
