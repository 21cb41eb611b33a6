// Package protocol_test tries one node with what docs/protocol.md says, and with what it
// forbids.
package protocol_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"

	"chorus/tests/client"
	"chorus/tests/node"
)

// TestTheTranscriptInTheDocsIsTrue replays the example of docs/protocol.md. An answer may come
// before or after the message events that its command causes; all else is as written.
func TestTheTranscriptInTheDocsIsTrue(t *testing.T) {
	doc, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, transcript, found := strings.Cut(string(doc), "```transcript\n")
	transcript, _, ended := strings.Cut(transcript, "```")
	if !found || !ended {
		t.Fatal("there is no transcript in docs/protocol.md")
	}
	conn := dial(t, node.Start(t), "/ws", client.Subprotocol)
	var expected []string
	steps := 0
	ids := map[string]string{} // by "$" and the seq
	check := func() {
		got := readLines(t, conn, len(expected))
		for _, line := range got {
			if m := positionInAnswer.FindStringSubmatch(line); m != nil {
				ids["$"+m[1]] = m[2]
			}
		}
		for _, want := range expected {
			if i := indexOf(got, want); i >= 0 {
				got = append(got[:i], got[i+1:]...)
			} else {
				t.Fatalf("expected %s\nbut there is only\n%s", want, strings.Join(got, "\n"))
			}
		}
		expected = nil
	}
	for line := range strings.Lines(transcript) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "> "):
			check()
			write(t, conn, withIDs(line[2:], ids))
			steps++
		case strings.HasPrefix(line, "< "):
			expected = append(expected, withIDs(line[2:], ids))
		case line != "":
			t.Fatalf("what is %q?", line)
		}
	}
	check()
	if steps < 5 {
		t.Fatalf("only %d commands in the transcript", steps)
	}
}

// positionInAnswer finds where what was sent is.
var positionInAnswer = regexp.MustCompile(`"sent":{"room":"[^"]*","seq":(\d+),"id":"([^"]*)"`)

func withIDs(line string, ids map[string]string) string {
	for name, id := range ids {
		line = strings.ReplaceAll(line, `"`+name+`"`, `"`+id+`"`)
	}
	return line
}

func indexOf(got []string, want string) int {
	for i, g := range got {
		if matches(decode(want), decode(g)) {
			return i
		}
	}
	return -1
}

func decode(line string) (v any) {
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		return err
	}
	return v
}

// matches compares JSON values, where "…" stands for any string.
func matches(want, got any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for k, w := range want {
			if g, ok := got[k]; !ok || !matches(w, g) {
				return false
			}
		}
		return true
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for i := range want {
			if !matches(want[i], got[i]) {
				return false
			}
		}
		return true
	case string:
		s, ok := got.(string)
		return ok && (s == want || want == "…")
	}
	return reflect.DeepEqual(want, got)
}

func dial(t *testing.T, n *node.Node, path string, protocols ...string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: protocols}
	conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(n.URL, "http")+path, nil)
	if err != nil {
		t.Fatalf("%v: %+v", err, response)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func write(t *testing.T, conn *websocket.Conn, frame string) {
	t.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		t.Fatal(err)
	}
}

// readLines reads n events.
func readLines(t *testing.T, conn *websocket.Conn, n int) (lines []string) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for len(lines) < n {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("after %q: %v", lines, err)
		}
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			lines = append(lines, string(line))
		}
	}
	return lines
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func texts(messages []client.Message) (texts []string) {
	for _, m := range messages {
		texts = append(texts, m.Text)
	}
	return texts
}

func sayMany(t *testing.T, c *client.Client, room string, n int) (positions []client.Position) {
	t.Helper()
	for i := range n {
		p, err := c.Send(within(t), room, client.NewKey(), fmt.Sprint("message ", i+1))
		if err != nil {
			t.Fatal(err)
		}
		positions = append(positions, p)
	}
	return positions
}
