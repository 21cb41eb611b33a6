package bus

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// roomsCounted is how many rooms are counted at once.
const roomsCounted = 200

// Rooms implements Registry. The rooms are those of all nodes' leases: there is no list of all rooms that
// could get out of step with them. So each page reads all names, and counts only its own.
func (b *Redis) Rooms(ctx context.Context, after string, limit int) (rooms []RoomCount, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	names, err := b.namesOfRooms(ctx)
	if err := b.reading.result(ctx, err); err != nil {
		return nil, false, err
	}
	for names = listed(names, after); len(names) > 0; {
		n := min(len(names), roomsCounted)
		counts, err := b.countUsers(ctx, names[:n])
		if err := b.reading.result(ctx, err); err != nil {
			return nil, false, err
		}
		for i, count := range counts {
			switch {
			case count == 0: // a room stays a little longer in the sets than somebody in it
			case len(rooms) == limit:
				return rooms, true, nil
			default:
				rooms = append(rooms, RoomCount{names[i], count})
			}
		}
		names = names[n:]
	}
	return rooms, false, nil
}

// namesOfRooms returns the rooms of all leases, in no order, and several times those that are in several.
// A lease that has run out counts, as it does in rosters, until it is reaped.
func (b *Redis) namesOfRooms(ctx context.Context) (names []string, err error) {
	leases, err := b.db.ZRange(ctx, leasesKey, 0, -1).Result()
	if err != nil || len(leases) == 0 {
		return nil, err
	}
	sets := make([]*redis.StringSliceCmd, len(leases))
	_, err = b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, lease := range leases {
			sets[i] = p.SMembers(ctx, leaseKey(lease))
		}
		return nil
	})
	for _, set := range sets {
		names = append(names, set.Val()...)
	}
	return names, err
}

func (b *Redis) countUsers(ctx context.Context, rooms []string) (counts []int, err error) {
	fields := make([]*redis.IntCmd, len(rooms))
	_, err = b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, room := range rooms {
			fields[i] = p.HLen(ctx, rosterKey(room))
		}
		return nil
	})
	for _, n := range fields {
		counts = append(counts, max(int(n.Val())-1, 0)) // without the roster's id
	}
	return counts, err
}
