package abuse_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/shirou/gopsutil/v4/process"

	_ "chorus/internal/server" // so that go test knows what the result depends on
	"chorus/tests/testbed"
)

// program builds the node as it is shipped, once for all tests: a race detector would need memory of its own.
var program = sync.OnceValues(func() (string, error) {
	if _, err := os.ReadDir("../../cmd/server"); err != nil { // which can't be imported: so that go test knows of it
		return "", err
	}
	binary := filepath.Join(dir, "chorus")
	out, err := exec.Command("go", "build", "-o", binary, "chorus/cmd/server").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the node can't be built: %w\n%s", err, out)
	}
	return binary, nil
})

var dir string // of what is built

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if dir, err = os.MkdirTemp("", "chorus-abuse-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		return m.Run()
	}())
}

// node is a node in a process of its own, whose log is elsewhere: in a Redis inside the test.
type node struct {
	address string
	process *process.Process
}

// start starts a node that stops when the test ends. It lets the test do as much as it can.
func start(t *testing.T, flags ...string) *node {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	flags = slices.Concat([]string{"--addr=127.0.0.1:0", "--redis=redis://" + miniredis.RunT(t).Addr(), "--log-format=text", "--log-level=info"},
		testbed.Unlimited(), flags)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, flags...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() }) // it fails because it was killed
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url := regexp.MustCompile(`url=http://localhost(:\d+)`).FindStringSubmatch(lines.Text()); url != nil {
			go func() {
				for lines.Scan() {
				}
			}()
			p, err := process.NewProcess(int32(cmd.Process.Pid))
			if err != nil {
				t.Fatal(err)
			}
			return &node{address: "127.0.0.1" + url[1], process: p}
		}
	}
	t.Fatal("the node said nothing of an address")
	return nil
}

// memory returns the bytes that the node has in memory.
func (n *node) memory(t *testing.T) int {
	t.Helper()
	m, err := n.process.MemoryInfo()
	if err != nil {
		t.Fatal(err)
	}
	return int(m.RSS)
}

// peak returns a function that says what the node has had in memory at the most since then.
func (n *node) peak() func() int {
	var most atomic.Int64
	go func() {
		for {
			m, err := n.process.MemoryInfo()
			if err != nil {
				return // it has ended
			}
			most.Store(max(most.Load(), int64(m.RSS)))
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return func() int { return int(most.Load()) }
}
