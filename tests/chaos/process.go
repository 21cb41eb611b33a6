package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"chorus/tests/testbed"
)

// process is a node in a process of its own, which is started again under the same address.
type process struct {
	binary, addr, name, redis, dir string

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
	polls []poll
}

// poll is what /readyz said at a moment.
type poll struct {
	at    time.Duration
	ready bool
}

func newProcess(binary, dir, name, redis string) (*process, error) {
	addr, err := testbed.UnusedAddr()
	if err != nil {
		return nil, err
	}
	return &process{binary: binary, dir: dir, name: name, redis: redis, addr: addr}, nil
}

func (p *process) url() string { return "http://" + p.addr }

// start starts the process and waits until it is ready.
func (p *process) start() error {
	log, err := os.OpenFile(filepath.Join(p.dir, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.binary, "--addr", p.addr, "--node", p.name, "--redis", p.redis,
		// Small and short, so that a short run comes to the limits.
		"--room-linger", "1s", "--retention", "1000000", "--queue-bytes", "131072", "--drain-delay", "300ms", "--shutdown-timeout", "8s",
		"--log-format", "text",
		// All people come from one address.
		"--messages-per-session", "off", "--messages-per-address", "off", "--joins-per-address", "off",
		"--joins-per-user", "off", "--connects-per-user", "off", "--connects-per-address", "off")
	// As docs say for a Redis that may forget: or a node that is started then would know nobody.
	cmd.Env = append(os.Environ(), "CHORUS_SECRET=the secret of all nodes of a chaos run")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	p.mu.Lock()
	p.cmd, p.ended = cmd, ended
	p.mu.Unlock()
	ready := testbed.Within(15*time.Second, func() bool { return closed(ended) || p.isReady() })
	if ready != nil || closed(ended) { // an answer would be another process's
		return fmt.Errorf("%s does not become ready", p.name)
	}
	return nil
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.cmd.Process.Signal(s)
}

// wait waits for the end of the process.
func (p *process) wait(limit time.Duration) error {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	select {
	case <-ended:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%s has not ended within %s", p.name, limit)
	}
}

func (p *process) kill() {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		<-ended
	}
}

var asking = http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (p *process) isReady() bool {
	response, err := asking.Get(p.url() + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// watch asks for /readyz until the context ends.
func (p *process) watch(ctx context.Context, now func() time.Duration) {
	for ctx.Err() == nil {
		began := now()
		ready := p.isReady()
		p.mu.Lock()
		p.polls = append(p.polls, poll{began, ready})
		p.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
	}
}

// readyBetween returns how many questions that were asked in that time were answered at all, with yes
// or with no, and how many with yes.
func (p *process) readyBetween(from, to time.Duration) (asked, yes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, poll := range p.polls {
		if poll.at < from || poll.at > to {
			continue
		}
		asked++
		if poll.ready {
			yes++
		}
	}
	return asked, yes
}

// usage is what a process holds.
type usage struct {
	goroutines, descriptors, sessions, rooms int
	bytes                                    int64
}

// usage reads the metrics.
func (p *process) usage() (u usage, err error) {
	response, err := asking.Get(p.url() + "/metrics")
	if err != nil {
		return u, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		name, _, _ = strings.Cut(name, "{")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		switch name {
		case "go_goroutines":
			u.goroutines = int(n)
		case "process_open_fds":
			u.descriptors = int(n)
		case "chorus_sessions":
			u.sessions += int(n)
		case "chorus_rooms":
			u.rooms = int(n)
		case "process_resident_memory_bytes":
			u.bytes = int64(n)
		}
	}
	if u.goroutines == 0 {
		return u, errors.New("the metrics have no goroutines")
	}
	return u, lines.Err()
}
