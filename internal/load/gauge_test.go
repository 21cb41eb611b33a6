package load

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeRedis answers who asks how it is, and says which run it is.
func fakeRedis(t *testing.T, run *atomic.Int64) (l net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					switch strings.ToLower(lines.Text()) {
					case "info":
						text := fmt.Sprintf("# Server\r\nrun_id:%d\r\n# Stats\r\ntotal_commands_processed:7\r\n", run.Load())
						fmt.Fprintf(c, "$%d\r\n%s\r\n", len(text), text)
					case "hello", "client":
						fmt.Fprint(c, "-ERR unknown command\r\n")
					}
				}
			}()
		}
	}()
	return l
}

func TestARedisThatIsGoneInTheMiddleCostsOnlyItsOwnFigures(t *testing.T) {
	var run atomic.Int64
	run.Store(1)
	l := fakeRedis(t, &run)
	g, err := newGauge(&Options{Redis: l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	for _, step := range []struct {
		run      int64
		commands int64
		lost     string
	}{{1, 7, ""}, {1, 7, ""}, {2, 0, "--redis: it was started anew"}, {1, 0, "--redis: it was started anew"}} {
		run.Store(step.run)
		r, err := g.read(t.Context(), nil)
		if err != nil || r.redis.Commands != step.commands || (g.lost != nil) != (step.lost != "") || g.lost != nil && g.lost.Error() != step.lost {
			t.Errorf("%+v: %+v, %v; lost: %v", step, r.redis, err, g.lost)
		}
	}
}

func TestARedisThatNeverAnswersIsAnError(t *testing.T) {
	l := fakeRedis(t, new(atomic.Int64))
	l.Close()
	g, err := newGauge(&Options{Redis: l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	if _, err := g.read(t.Context(), nil); err == nil || !strings.HasPrefix(err.Error(), "--redis: ") {
		t.Errorf("the error is %v", err)
	}
}
