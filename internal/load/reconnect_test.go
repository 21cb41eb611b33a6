package load

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

// sleeper starts a process that listens nowhere.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return c
}

func TestAProcessThatDoesNotListenThereIsNotKilled(t *testing.T) {
	r, other := (&fake{}).start(t), sleeper(t)
	r.Options.URLs = append(r.Options.URLs, r.Options.URLs[0])
	r.Options.Servers = []int32{int32(other.Process.Pid)}
	_, err := r.Failover(t.Context(), few())
	want := fmt.Sprintf("it does not listen at %s, the first --url; there listens process %d", r.Options.URLs[0], os.Getpid())
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q", err, want)
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the process is gone: %v", err)
	}
	if err := checkListens(int32(os.Getpid()), r.Options.URLs[0]); err != nil {
		t.Errorf("who does listen there: %v", err)
	}
}

// What is killed here is not what has the connections.
func TestConnectionsThatOutliveTheirNodeAreNotWaitedForForEver(t *testing.T) {
	other := sleeper(t)
	f := &fake{say: func(f *fake, c *websocket.Conn, n, id uint64, room, text []byte) {
		f.show(room, n, text)
		f.acknowledge(c, id, n)
	}}
	r := f.start(t)
	r.Options.URLs = append(r.Options.URLs, r.Options.URLs[0])
	r.Options.Servers = []int32{int32(other.Process.Pid)}
	if _, err := r.reconnect(t.Context(), few(), nil, killFirst); err == nil || !strings.Contains(err.Error(), "are still there") {
		t.Errorf("the error is %v", err)
	}
}
