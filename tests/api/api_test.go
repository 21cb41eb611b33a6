package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

const (
	lobby = "/rooms/lobby/messages"
	hello = `{"text":"hello","user":{"id":"bot","name":"Bot"}}`
)

// say posts a message under a key of its own.
func (p *program) say(room, key, text string) answer {
	p.t.Helper()
	body := fmt.Sprintf(`{"text":%q,"user":{"id":"bot","name":"Bot"}}`, text)
	e := p.ask("POST", "/rooms/"+room+"/messages", body, "Idempotency-Key", key)
	if e.status != http.StatusCreated {
		p.t.Fatalf("got %d %s", e.status, e.text)
	}
	return e.answer
}

func TestAProgramSpeaksAndIsHeard(t *testing.T) {
	n := node.Start(t, node.API)
	ann := n.Join(t, "Ann", "tea-room")
	p := startProgram(t, n)
	e := p.ask("POST", "/rooms/Tea-Room/messages",
		`{"text":"two\r\nlines","user":{"id":"bot","name":"  The  Bot ","avatar":"https://example.com/bot.png"}}`, "Idempotency-Key", "k1")
	if e.status != http.StatusCreated || e.answer.Room != "tea-room" || e.answer.Seq != 1 || e.answer.Duplicate {
		t.Fatalf("got %d %s", e.status, e.text)
	}
	again := p.ask("POST", "/rooms/tea-room/messages", hello, "Idempotency-Key", "k1")
	if again.status != http.StatusOK || !again.answer.Duplicate || again.answer.ID != e.answer.ID || again.answer.Time != e.answer.Time {
		t.Fatalf("the repeat got %d %s", again.status, again.text)
	}
	p.say("tea-room", "k2", "next")
	waitFor(t, ann, "tea-room", 2)
	heard := ann.Messages("tea-room")
	if m := heard[0]; len(heard) != 2 || m.Text != "two\nlines" || m.Key != "k1" || m.User.ID != "bot" || m.User.Name != "The Bot" || m.ID != e.answer.ID {
		t.Fatalf("Ann is shown %+v", heard)
	}
	read := p.ask("GET", "/rooms/tea-room/messages", "").answer
	if m := read.Messages[0]; len(read.Messages) != 2 || m.User.Avatar != "https://example.com/bot.png" || read.Head.Seq != 2 || read.Head.ID != read.Messages[1].ID {
		t.Fatalf("read %+v", read)
	}
}

func TestALogIsReadInPages(t *testing.T) {
	p := startProgram(t, node.Start(t, node.API))
	at := []string{"0:"}
	for i := range 10 {
		a := p.say("lobby", fmt.Sprint("k", i), fmt.Sprint("message ", i+1))
		at = append(at, fmt.Sprintf("%d:%s", a.Seq, a.ID))
	}
	for query, want := range map[string]string{
		"":                             "1 2 3 4 5 6 7 8 9 10",
		"?limit=3":                     "8 9 10 more",
		"?limit=10":                    "1 2 3 4 5 6 7 8 9 10",
		"?limit=3&before=" + at[8]:     "5 6 7 more",
		"?limit=3&before=" + at[4]:     "1 2 3",
		"?before=" + at[0]:             "",
		"?limit=3&after=" + at[0]:      "1 2 3 more",
		"?limit=100&after=" + at[7]:    "8 9 10",
		"?limit=3&after=" + at[7]:      "8 9 10",
		"?after=" + at[10]:             "",
		"?after=" + at[8] + "&limit=1": "9 more",
	} {
		e := p.ask("GET", lobby+query, "")
		var got []string
		for _, m := range e.answer.Messages {
			got = append(got, fmt.Sprint(m.Seq))
		}
		if e.answer.More {
			got = append(got, "more")
		}
		if e.status != 200 || strings.Join(got, " ") != want || e.answer.Head.Seq != 10 {
			t.Errorf("%s: %q and head %d, want %q", query, got, e.answer.Head.Seq, want)
		}
	}
	if e := p.ask("GET", "/rooms/LOBBY", ""); e.answer.Room != "lobby" || fmt.Sprintf("%d:%s", e.answer.Head.Seq, e.answer.Head.ID) != at[10] {
		t.Errorf("the room is %s", e.text)
	}
	if e := p.ask("GET", "/rooms/never", ""); e.status != 200 || e.answer.Head != (position{}) {
		t.Errorf("a room where nothing was said is %s", e.text)
	}
	if e := p.ask("GET", "/rooms/never/messages", ""); e.status != 200 || len(e.answer.Messages) != 0 || e.answer.More {
		t.Errorf("its log is %s", e.text)
	}
}

func TestAPositionThatCannotBeContinuedIsRefused(t *testing.T) {
	p := startProgram(t, node.Start(t, node.API, func(c *server.Config) { c.Bus.Retention = 4 }))
	for i := range 20 {
		p.say("lobby", fmt.Sprint("k", i), "hello")
	}
	p.ask("GET", lobby+"?after=20:another", "").refused(t, 409, "fork", "")
	p.ask("GET", lobby+"?before=20:another", "").refused(t, 409, "fork", "")
	p.ask("GET", lobby+"?after=21:x", "").refused(t, 409, "fork", "")
	p.ask("GET", lobby+"?after=0:", "").refused(t, 410, "expired", "")
}

func TestARequestThatIsWrongIsRefusedByTheFieldsName(t *testing.T) {
	p := startProgram(t, node.Start(t, node.API))
	long := strings.Repeat("x", 4001)
	for body, field := range map[string]string{
		``:                        "Content-Type",
		`[]`:                      "body",
		`"x"`:                     "body",
		`null`:                    "text",
		`{}`:                      "text",
		`{"text":1}`:              "text",
		`{"text":"` + long + `"}`: "text",
		`{"text":"  ","user":{"id":"bot","name":"Bot"}}`:      "text",
		`{"text":"a\u0007","user":{"id":"bot","name":"Bot"}}`: "text",
		`{"text":"a"}`: "user.id",
		`{"text":"a","user":{"id":"a:b","name":"Bot"}}`:                         "user.id",
		`{"text":"a","user":{"id":"bot"}}`:                                      "user.name",
		`{"text":"a","user":{"id":"bot","name":"a\u202eb"}}`:                    "user.name",
		`{"text":"a","user":{"id":"bot","name":"Bot","avatar":"javascript:x"}}`: "user.avatar",
		`{"text":"a","user":{"id":"bot","name":"Bot","admin":true}}`:            "user.admin",
		`{"text":"a","text":"b","user":{"id":"bot","name":"Bot"}}`:              "text",
		`{"text":"a","key":"k","user":{"id":"bot","name":"Bot"}}`:               "key",
		`{"Text":"a","user":{"id":"bot","name":"Bot"}}`:                         "Text",
		hello + hello:         "body",
		hello[:20]:            "body",
		"{\"text\":\"\xff\"}": "text",
	} {
		e := p.ask("POST", lobby, body, "Idempotency-Key", "k")
		status := 400
		if field == "Content-Type" {
			status = 415
		}
		if e.status != status || e.answer.Error.Field != field {
			t.Errorf("%.80q: got %d %s, want %d for %s", body, e.status, e.text, status, field)
		}
	}
	p.ask("POST", lobby, hello, "Idempotency-Key", "k", "Content-Type", "text/plain").refused(t, 415, "bad_request", "Content-Type")
	p.ask("POST", lobby, `{"text":"`+strings.Repeat("x", 70_000)+`"}`, "Idempotency-Key", "k").refused(t, 413, "bad_request", "body")
	p.ask("POST", lobby, hello).refused(t, 400, "bad_request", "Idempotency-Key")
	p.ask("POST", lobby, hello, "Idempotency-Key", "a b").refused(t, 400, "bad_request", "Idempotency-Key")
	p.ask("POST", "/rooms/a:b/messages", hello, "Idempotency-Key", "k").refused(t, 400, "bad_request", "room")
	p.ask("POST", lobby+"?x=1", hello, "Idempotency-Key", "k").refused(t, 400, "bad_request", "x")
	p.ask("GET", "/rooms/a%20b", "").refused(t, 400, "bad_request", "room")
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=101": "limit", "limit=x": "limit", "limit=": "limit", "limit=1&limit=2": "limit", "colour=red": "colour",
		"after=1": "after", "after=x:y": "after", "after=-1:y": "after", "after=0:y": "after", "after=1:": "after",
		"before=9007199254740993:y": "before", "before=": "before", "before=1:a&after=1:a": "after", "before=%zz": "query",
	} {
		p.ask("GET", lobby+"?"+query, "").refused(t, 400, "bad_request", field)
	}
	if head := p.ask("GET", "/rooms/lobby", "").answer.Head.Seq; head != 0 {
		t.Errorf("something was stored: the head is %d", head)
	}
}

func TestOnlyWhoHasATokenIsLetIn(t *testing.T) {
	second := strings.Repeat("another-token.", 4)
	p := startProgram(t, node.Start(t, node.API, func(c *server.Config) { c.API.Tokens = append(c.API.Tokens, second) }))
	for _, token := range []string{"", "x", node.Token[1:], node.Token + "x", node.Token + "," + second} {
		p.token = token
		e := p.ask("POST", lobby, hello, "Idempotency-Key", "k")
		e.refused(t, 401, "unauthorized", "")
		if e.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("the headers are %v", e.header)
		}
	}
	p.ask("GET", lobby, "", "Authorization", "Basic "+node.Token).refused(t, 401, "unauthorized", "")
	for _, token := range []string{node.Token, second} {
		p.token = token
		if e := p.ask("GET", "/rooms/lobby", ""); e.status != 200 || e.answer.Head.Seq != 0 {
			t.Errorf("with a good token: %d %s", e.status, e.text)
		}
	}
	if e := p.ask("GET", "/rooms/lobby", "", "Authorization", "bearer "+second, "Origin", "https://evil.example"); e.status != 200 || e.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("from a page of elsewhere: %d %v", e.status, e.header)
	}
}

func TestWhatIsNotThereIsSaidInJSON(t *testing.T) {
	p := startProgram(t, node.Start(t, node.API))
	for _, path := range []string{"", "/", "/rooms/", "/rooms/lobby/", "/rooms/lobby/nothing", "/rooms/a%2fb/c/d"} {
		response, err := http.Get(p.node.URL + "/api/v1" + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 404 || response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, response.StatusCode, response.Header.Get("Content-Type"))
		}
	}
	for path, allow := range map[string]string{lobby: "GET, POST", "/rooms/lobby": "GET", "/rooms": "GET", "/rooms/lobby/roster": "GET", "/openapi.json": "GET"} {
		e := p.ask("DELETE", path, "")
		e.refused(t, 405, "bad_request", "method")
		if got := strings.Join(e.header.Values("Allow"), ", "); got != allow {
			t.Errorf("%s allows %s, want %s", path, got, allow)
		}
	}
}

func TestWithoutTokensTheAPIIsOff(t *testing.T) {
	p := startProgram(t, node.Start(t))
	for _, path := range []string{"/rooms/lobby", "/openapi.json"} {
		if e := p.ask("GET", path, ""); e.status != 404 || e.answer.Error.Code != "not_found" || !strings.Contains(e.text, "--api-tokens") {
			t.Errorf("%s: %d %s", path, e.status, e.text)
		}
	}
}

func TestARedisThatIsAwayIsSaid(t *testing.T) {
	p := startProgram(t, node.Start(t, node.API, node.Redis("redis://127.0.0.1:1")))
	for _, e := range []exchange{
		p.ask("POST", lobby, hello, "Idempotency-Key", "k"), p.ask("GET", lobby, ""), p.ask("GET", "/rooms/lobby", ""),
		p.ask("GET", "/rooms", ""), p.ask("GET", "/rooms/lobby/roster", ""),
	} {
		e.refused(t, 503, "unavailable", "")
		if e.header.Get("Retry-After") != "1" || !e.answer.Error.Retryable {
			t.Errorf("got %v %s", e.header, e.text)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	n := node.Start(t, node.API)
	p := startProgram(t, n)
	p.say("lobby", "k", "hello")
	p.ask("GET", "/rooms/lobby", "", "Authorization", "Bearer nonsense")
	metrics := text(t, n.URL+"/metrics")
	for _, line := range []string{
		`chorus_api_requests_total{route="POST /rooms/{room}/messages",status="201"} 1`,
		`chorus_api_requests_total{route="GET /rooms/{room}",status="401"} 1`,
		"chorus_messages_published_total 1",
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}

func text(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func waitFor(t *testing.T, c *client.Client, room string, seq uint64) {
	t.Helper()
	testbed.Eventually(t, 10*time.Second, fmt.Sprintf("%s is shown message %d", c.User.Name, seq), func() bool {
		return c.Last(room).Seq >= seq
	})
}
