package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chorus/internal/server"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// waitForCount waits until so many users are in a room, and returns its roster.
func (p *program) waitForCount(room string, count int) (e exchange) {
	p.t.Helper()
	testbed.Eventually(p.t, 10*time.Second, fmt.Sprint(count, " users are in ", room), func() bool {
		e = p.ask("GET", "/rooms/"+room+"/roster", "")
		return e.status == 200 && e.answer.Count == count
	})
	return e
}

func TestAProgramSeesWhoIsThere(t *testing.T) {
	n := node.Start(t, node.API, func(c *server.Config) { c.Bus.RosterSize = 2 })
	p := startProgram(t, n)
	if e := p.ask("GET", "/rooms/Tea-Room/roster", ""); e.text != `{"room":"tea-room","count":0,"users":[]}` {
		t.Errorf("a room where nobody is: %s", e.text)
	}
	ann := n.Join(t, "Ann", "tea-room")
	n.Resume(t, "Ann", ann.Token, "tea-room", nil)
	n.Join(t, "Bob", "tea-room")
	e := p.waitForCount("tea-room", 2)
	var names []string
	for _, u := range e.answer.Users {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"Ann", "Bob"}) {
		t.Errorf("in the room are %v", names)
	}
	if !slices.IsSortedFunc(e.answer.Users, func(a, b user) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("they are not sorted: %s", e.text)
	}
	n.Join(t, "Eve", "tea-room")
	if e := p.waitForCount("tea-room", 3); e.text != `{"room":"tea-room","count":3}` {
		t.Errorf("a crowd: %s", e.text)
	}
	p.ask("GET", "/rooms/a%20b/roster", "").refused(t, 400, "bad_request", "room")
	p.ask("GET", "/rooms/lobby/roster?limit=3", "").refused(t, 400, "bad_request", "limit")
}

func TestRoomsInWhichSomebodyIsAreListedInPages(t *testing.T) {
	n := node.Start(t, node.API)
	p := startProgram(t, n)
	if e := p.ask("GET", "/rooms", ""); e.text != `{"rooms":[],"more":false}` {
		t.Errorf("without anybody: %s", e.text)
	}
	n.Join(t, "Ann", "lobby")
	for _, room := range []string{"lobby", "attic", "tea-room"} {
		n.Join(t, "Bob", room)
	}
	p.say("cellar", "k", "nobody is here")
	p.waitForCount("lobby", 2)
	p.waitForCount("attic", 1)
	p.waitForCount("tea-room", 1)
	for query, want := range map[string]string{
		"":                     "attic 1, lobby 2, tea-room 1",
		"?limit=3":             "attic 1, lobby 2, tea-room 1",
		"?limit=2":             "attic 1, lobby 2, more",
		"?after=attic&limit=1": "lobby 2, more",
		"?after=LOBBY":         "tea-room 1",
		"?after=m":             "tea-room 1",
		"?after=tea-room":      "",
	} {
		e := p.ask("GET", "/rooms"+query, "")
		var got []string
		for _, r := range e.answer.Rooms {
			got = append(got, fmt.Sprint(r.Room, " ", r.Count))
		}
		if e.answer.More {
			got = append(got, "more")
		}
		if e.status != 200 || strings.Join(got, ", ") != want {
			t.Errorf("%s: %s, want %s", query, e.text, want)
		}
	}
	for query, field := range map[string]string{
		"after=": "after", "after=a:b": "after", "limit=0": "limit", "limit=101": "limit", "after=a&after=b": "after", "before=a": "before",
	} {
		p.ask("GET", "/rooms?"+query, "").refused(t, 400, "bad_request", field)
	}
}
