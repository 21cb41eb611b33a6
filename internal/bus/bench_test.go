package bus_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

// One operation is one message that was stored and acknowledged; what it costs Redis is beside it.
func BenchmarkPublish(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		publishAll(b, bus.NewMemory(bus.Options{Retention: 10_000}), 10)
	})
	for _, rooms := range []int{1, 100} {
		b.Run(fmt.Sprintf("redis/rooms=%d", rooms), func(b *testing.B) {
			server := testbed.StartRedis(b)
			used := func() float64 {
				client := server.Client()
				defer client.Close()
				info, err := client.InfoMap(b.Context(), "cpu").Result()
				if err != nil {
					b.Fatal(err)
				}
				var seconds float64
				for _, name := range []string{"used_cpu_sys", "used_cpu_user"} {
					s, err := strconv.ParseFloat(info["CPU"][name], 64)
					if err != nil {
						b.Fatal(err)
					}
					seconds += s
				}
				return seconds
			}
			d := connect(b, server.URL(), 10_000)
			before := used()
			publishAll(b, d, rooms)
			b.ReportMetric(1e6*(used()-before)/float64(b.N), "redis-µs/op")
		})
	}
}

// publishAll lets many publish at the same time, each to one of the rooms after the other.
func publishAll(b *testing.B, d bus.Bus, rooms int) {
	var n atomic.Int64
	text := strings.Repeat("x", 128)
	b.ReportAllocs()
	b.SetParallelism(200)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			draft := chat.Draft{Key: strconv.Itoa(i), User: chat.User{ID: "bob", Name: "Bob"}, Text: text}
			if _, err := d.Publish(b.Context(), "room-"+strconv.Itoa(i%rooms), chat.Position{}, draft); err != nil {
				b.Error(err)
			}
		}
	})
}
