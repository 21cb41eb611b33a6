package compose_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"chorus/tests/testbed"
)

// cluster is the compose file, running as a project of its own on a port of its own.
type cluster struct {
	t    *testing.T
	host string // host:port of the load balancer
	env  []string
}

// up builds the image, starts the cluster and waits until it is healthy. The cluster is taken
// down with the test, after its logs have been shown if the test has failed.
func up(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, host: testbed.FreeAddr(t)}
	c.down() // what a killed run has left
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.compose("logs", "--no-color", "--timestamps", "--tail", "300"))
		}
		c.down()
	})
	c.compose("up", "--detach", "--build", "--wait", "--wait-timeout", "120")
	c.eventually("the load balancer has found a node", func() bool { return c.health() == nil })
	return c
}

// down removes everything that belongs to the cluster. The containers go one after the other: when
// many leave a network in the same moment, Docker 20.10 may count wrong and keep the network.
func (c *cluster) down() {
	c.t.Helper()
	for _, id := range strings.Fields(c.compose("ps", "--all", "--quiet")) {
		c.docker("rm", "--force", id)
	}
	c.compose("down", "--volumes", "--rmi", "local", "--remove-orphans")
}

// compose runs a `docker compose` command on the real file and returns its standard output.
func (c *cluster) compose(args ...string) string {
	c.t.Helper()
	return c.docker(append([]string{"compose", "-p", "chorus-test", "-f", "deploy/docker-compose.yml"}, args...)...)
}

// docker runs a docker command and returns its standard output.
func (c *cluster) docker(args ...string) string {
	c.t.Helper()
	// Long enough for the first build: it downloads the modules and compiles everything.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	_, port, _ := net.SplitHostPort(c.host)
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Dir = "../.."
	cmd.Env = append(append(os.Environ(), "CHORUS_PORT="+port), c.env...)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("docker %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errors)
	}
	return out.String()
}

// container returns the ID of the container that a node runs in: nodes are called after their
// host names, and those are the beginnings of the IDs.
func (c *cluster) container(node string) string {
	c.t.Helper()
	for _, id := range strings.Fields(c.compose("ps", "--quiet", "chat")) {
		if len(id) > 12 && strings.Contains(node, id[:12]) {
			return id
		}
	}
	c.t.Fatalf("no container for node %q", node)
	return ""
}

// get asks the load balancer for a path, exactly as written, and returns the status and body, or
// 0 and the reason when there is no answer.
func (c *cluster) get(path string) (int, string) {
	c.t.Helper()
	// By hand, because Go's client would tidy up the path. A connection each, as from different clients.
	conn, err := net.DialTimeout("tcp", c.host, 15*time.Second)
	if err != nil {
		return 0, err.Error()
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil {
		return 0, err.Error()
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, c.host)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

// health checks that a node answers for /healthz.
func (c *cluster) health() error {
	code, body := c.get("/healthz")
	var health struct{ Status, Node string }
	if err := json.Unmarshal([]byte(body), &health); err != nil || code != 200 || health.Status != "ok" || health.Node == "" {
		return fmt.Errorf("/healthz: %d %q", code, body)
	}
	return nil
}

// eventually waits until a condition holds.
func (c *cluster) eventually(what string, holds func() bool) {
	c.t.Helper()
	testbed.Eventually(c.t, time.Minute, what, holds)
}
