package main

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes the test binary be the program itself when it is told so: the tests start what
// a user starts.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append([]string{"RUN_AS_PROGRAM=1"}, env...)
	return cmd
}

// start starts a node and returns the URL that it prints.
func start(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := program(t, nil, append([]string{"--addr=127.0.0.1:0", "--log-format=text"}, args...)...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("it printed nothing: %v", cmd.Wait())
	}
	url := regexp.MustCompile(`url=(http://localhost:\d+)`).FindStringSubmatch(lines.Text())
	if url == nil {
		t.Fatalf("no address in %q", lines.Text())
	}
	go func() {
		for lines.Scan() {
		}
	}()
	return cmd, url[1]
}

func TestOneCommandServesTheChatUntilASignal(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, url := start(t)
		response, err := http.Get(url)
		if err != nil || response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			t.Fatalf("%+v, %v", response, err)
		}
		response.Body.Close()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		ended := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		if err := cmd.Wait(); err != nil {
			t.Fatalf("after %s it ended with %v", signal, err)
		}
		ended.Stop()
	}
}

func TestTheHealthcheckAsksTheRunningNode(t *testing.T) {
	_, url := start(t)
	addr := strings.Replace(strings.TrimPrefix(url, "http://"), "localhost", "127.0.0.1", 1)
	if out, err := program(t, []string{"CHORUS_ADDR=" + addr}, "--healthcheck").CombinedOutput(); err != nil || !bytes.Contains(out, []byte(`"status":"ok"`)) {
		t.Fatalf("%s, %v", out, err)
	}
	if out, err := program(t, nil, "--addr=127.0.0.1:1", "--healthcheck").CombinedOutput(); err == nil {
		t.Fatalf("with nobody there: %s", out)
	}
}

func TestABadValueIsRefusedByName(t *testing.T) {
	for _, c := range []struct {
		env, arg string
		says     string
	}{
		{"", "--addr=nonsense", "addr"},
		{"CHORUS_ADDR=nonsense", "", "addr"},
		{"CHORUS_RETENTION=many", "", "retention"},
		{"", "--retention=0", "retention: must be from 1"},
		{"", "--ping-interval=1ms", "ping-interval: must be at least 1s"},
		{"", "--queue-bytes=10", "queue-bytes"},
		{"", "--origins=chat.example.com", "origins"},
		{"", "--origins=https://chat.example.com/", "origins"},
		{"", "--origins=https://chat.example.com:443", "origins"},
		{"", "--origins=https://*.example.com", "origins"},
		{"", "--trusted-proxies=everybody", "trusted-proxies"},
		{"", "--log-level=loud", "log-level"},
		{"", "--log-format=xml", "log-format"},
		{"CHORUS_SECRET=short", "", "secret: 5 bytes, it needs at least 32"},
		{"CHORUS_REDIS=http://u:hunter2@x", "", "redis"},
		{"CHORUS_REDIS_FILE=/nowhere", "", "CHORUS_REDIS_FILE"},
		{"CHORUS_API_TOKENS=hunter2", "", "api-tokens: number 1 has 7 characters, it needs at least 32"},
		{"CHORUS_API_TOKENS=hunter2-0123456789-0123456789-é", "", "api-tokens: number 1 must be of visible"},
		{"CHORUS_WEBHOOK_URL=ftp://u:hunter2@x", "", "webhook-url: must be an http or https URL"},
		{"CHORUS_WEBHOOK_SECRET=hunter2", "--webhook-url=http://x", "webhook-secret: must be whsec_"},
		{"CHORUS_MEMORY=much", "", "memory"},
		{"CHORUS_MEMORY=32m", "", "memory: must be at least 64MiB"},
		{"", "--nonsense", "nonsense"},
	} {
		// Of two variables of one name the last one counts.
		env := []string{"CHORUS_ADDR=127.0.0.1:0", c.env}
		out, err := program(t, env, strings.Fields(c.arg)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.says) || strings.Contains(string(out), "hunter2") {
			t.Errorf("%s%s: %v: %s", c.env, c.arg, err, out)
		}
	}
}

func TestAValueMayComeFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "redis")
	if err := os.WriteFile(file, []byte("nonsense://from-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := program(t, []string{"CHORUS_REDIS_FILE=" + file}, "--addr=127.0.0.1:0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "redis: must be a URL") {
		t.Fatalf("%v: %s", err, out)
	}
}

// A compose file passes on what is not set as well.
func TestMemoryThatIsEmptyIsNotGiven(t *testing.T) {
	out, err := program(t, []string{"CHORUS_MEMORY="}, "--addr=127.0.0.1:1", "--healthcheck").CombinedOutput()
	if err == nil || bytes.Contains(out, []byte("memory")) {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestHelpNamesEveryDefault(t *testing.T) {
	out, err := program(t, nil, "--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"--addr=\":8080\"", "$CHORUS_ADDR", "--redis=URL", "--retention=10000", "--ping-interval=25s", "--queue-bytes=262144"} {
		if !bytes.Contains(out, []byte(part)) {
			t.Errorf("the help lacks %s", part)
		}
	}
}
