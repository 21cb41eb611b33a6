package bus

import (
	"context"
	"maps"
	"slices"
)

// Rooms implements Registry.
func (b *Memory) Rooms(ctx context.Context, after string, limit int) (rooms []RoomCount, more bool, err error) {
	if err := b.check(ctx); err != nil {
		return nil, false, err
	}
	b.store.mu.Lock()
	names := slices.Collect(maps.Keys(b.store.logs))
	b.store.mu.Unlock()
	for _, room := range listed(names, after) {
		l := b.store.read(room)
		l.mu.Lock()
		n := len(l.roster.users)
		l.mu.Unlock()
		switch {
		case n == 0:
		case len(rooms) == limit:
			return rooms, true, nil
		default:
			rooms = append(rooms, RoomCount{room, n})
		}
	}
	return rooms, false, nil
}
