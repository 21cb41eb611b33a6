package bus_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/tests/testbed"
)

func TestMemoryKeepsTheRules(t *testing.T) {
	t.Parallel() // most of the time is waiting
	bustest.Run(t, func(t *testing.T, retention int) (bus.Bus, bus.Bus) {
		a := bus.NewMemory(bus.Options{Retention: retention, RosterSize: bustest.RosterSize})
		return a, a.Peer()
	})
}

func TestRedisKeepsTheRulesOverMiniredis(t *testing.T) {
	t.Parallel() // most of the time is waiting
	bustest.Run(t, func(t *testing.T, retention int) (bus.Bus, bus.Bus) {
		url := "redis://" + miniredis.RunT(t).Addr()
		return connect(t, url, retention), connect(t, url, retention)
	})
}

func TestRedisKeepsTheRulesOverRealRedis(t *testing.T) {
	t.Parallel() // most of the time is waiting
	server := testbed.StartRedis(t)
	bustest.Run(t, func(t *testing.T, retention int) (bus.Bus, bus.Bus) {
		client := server.Client()
		defer client.Close()
		if err := client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return connect(t, server.URL(), retention), connect(t, server.URL(), retention)
	})
}

func TestRedisKeepsTheRulesOverAMasterThatSentinelsName(t *testing.T) {
	t.Parallel() // most of the time is waiting
	servers := testbed.StartFailover(t)
	bustest.Run(t, func(t *testing.T, retention int) (bus.Bus, bus.Bus) {
		client := servers.Servers()[0].Client()
		defer client.Close()
		if err := client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return connect(t, servers.URL(), retention), connect(t, servers.URL(), retention)
	})
}

func TestRedisKeepsTheRulesOverACluster(t *testing.T) {
	t.Parallel() // most of the time is waiting
	servers := testbed.StartCluster(t)
	bustest.Run(t, func(t *testing.T, retention int) (bus.Bus, bus.Bus) {
		client := servers.Client()
		defer client.Close()
		err := client.ForEachMaster(t.Context(), func(ctx context.Context, m *redis.Client) error {
			return m.FlushAll(ctx).Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		return connect(t, servers.URL(), retention), connect(t, servers.URL(), retention)
	})
}

func connect(t testing.TB, url string, retention int) *bus.Redis {
	t.Helper()
	return connectLogging(t, url, retention, io.Discard)
}

func connectLogging(t testing.TB, url string, retention int, log io.Writer) *bus.Redis {
	t.Helper()
	b, err := bus.NewRedis(url, bus.Options{Retention: retention, RosterSize: bustest.RosterSize}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
