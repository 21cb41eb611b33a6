package bus

import (
	"context"
	"slices"
	"strconv"
	"time"

	"chorus/internal/chat"
)

// Announce implements Registry.
func (b *Memory) Announce(most int, tell Announcer) { b.announcing = announcing{tell, most} }

// keep notes who came and went with the roster's last step. It is called with mu held.
func (l *memoryLog) keep(room string, joined, left []chat.User) {
	now := time.Now().UTC().Truncate(time.Millisecond)
	step := chat.NewID()
	for i, u := range slices.Concat(joined, left) {
		l.comings = append(l.comings, Coming{ID: step + "-" + strconv.Itoa(i+1), Room: room, User: u, Left: i >= len(joined), Time: now})
	}
}

// announce tells of what is kept in a room, and takes exactly that off: another node may announce the
// same, and add to it.
func (b *Memory) announce(ctx context.Context, room string) error {
	most := b.announcing.keeps(room)
	if most == 0 {
		return nil
	}
	l := b.store.read(room)
	l.mu.Lock()
	dropped := max(len(l.comings)-most, 0)
	l.comings = l.comings[dropped:]
	comings := slices.Clone(l.comings)
	l.mu.Unlock()
	if len(comings) == 0 {
		return nil
	}
	if err := b.announcing.tell(ctx, comings, dropped); err != nil {
		return err
	}
	announced := make(map[string]bool, len(comings))
	for _, c := range comings {
		announced[c.ID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.comings = slices.DeleteFunc(slices.Clone(l.comings), func(c Coming) bool { return announced[c.ID] })
	return nil
}
