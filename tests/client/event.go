package client

import "github.com/go-json-experiment/json/jsontext"

// Position is a message somebody saw.
type Position struct {
	Seq uint64 `json:"seq"`
	ID  string `json:"id"`
}

// User is an identity.
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

// Message is a message as it is shown.
type Message struct {
	Room string `json:"room"`
	Seq  uint64 `json:"seq"`
	ID   string `json:"id"`
	Key  string `json:"key"`
	User User   `json:"user"`
	Text string `json:"text"`
	Time string `json:"time"`

	Reply   *Reply  `json:"reply"`
	Change  *Change `json:"change"`
	Edited  bool    `json:"edited"`
	Deleted bool    `json:"deleted"`
	// Reactions are a pointer, so that messages can be compared.
	Reactions *[]Reaction `json:"reactions"`

	Act          *Act `json:"act"`
	Announcement bool `json:"announcement"`
}

// Act is what a moderator did to somebody.
type Act struct {
	Kind  string `json:"kind"`
	User  User   `json:"user"`
	Until string `json:"until"`
}

// Sanction is what holds for somebody.
type Sanction struct {
	User  User   `json:"user"`
	Kind  string `json:"kind"`
	Until string `json:"until"`
}

// Change is what an entry says about a message.
type Change struct {
	Of    Position `json:"of"`
	Kind  string   `json:"kind"`
	Emoji string   `json:"emoji"`
}

// Reply is what a message answers.
type Reply struct {
	Position
	User    User   `json:"user"`
	Text    string `json:"text"`
	Deleted bool   `json:"deleted"`
}

// Reaction is an emoji and who has reacted with it.
type Reaction struct {
	Emoji string   `json:"emoji"`
	Users []string `json:"users"`
}

// Event is what a node sends. One of the pointers is set.
type Event struct {
	ID      uint64 `json:"id"`
	Welcome *struct {
		User    User           `json:"user"`
		Admin   bool           `json:"admin"`
		Token   string         `json:"token"`
		Expires string         `json:"expires"`
		Node    string         `json:"node"`
		Limits  jsontext.Value `json:"limits"`
		Ping    int            `json:"ping_seconds"`
		Time    string         `json:"time"`
	} `json:"welcome"`
	Joined *struct {
		Room   string    `json:"room"`
		Head   Position  `json:"head"`
		Access string    `json:"access"`
		Read   *Position `json:"read"`
	} `json:"joined"`
	Refresh *struct {
		Seconds int `json:"seconds"`
	} `json:"refresh"`
	Refreshed *struct {
		Expires string `json:"expires"`
	} `json:"refreshed"`
	Removed *Removed `json:"removed"`
	Left    *struct {
		Room string `json:"room"`
	} `json:"left"`
	Sent *struct {
		Room      string `json:"room"`
		Seq       uint64 `json:"seq"`
		ID        string `json:"id"`
		Time      string `json:"time"`
		Duplicate bool   `json:"duplicate"`
	} `json:"sent"`
	History *struct {
		Room     string    `json:"room"`
		Messages []Message `json:"messages"`
		More     bool      `json:"more"`
	} `json:"history"`
	Typing *struct {
		Room    string `json:"room"`
		User    *User  `json:"user"`
		Seconds int    `json:"seconds"`
	} `json:"typing"`
	Mailbox  *Mailbox  `json:"mailbox"`
	Notice   *Notice   `json:"notice"`
	Read     *ReadMark `json:"read"`
	Roster   *Roster   `json:"roster"`
	Presence *Presence `json:"presence"`
	Pong     *struct{} `json:"pong"`

	Sanctions *struct {
		Room      string     `json:"room"`
		Sanctions []Sanction `json:"sanctions"`
	} `json:"sanctions"`
	Reset *struct {
		Room   string   `json:"room"`
		Reason string   `json:"reason"`
		Head   Position `json:"head"`
	} `json:"reset"`
	Draining *struct {
		ReconnectMS int `json:"reconnect_ms"`
	} `json:"draining"`
	Message *Message `json:"message"`
	Error   *Error   `json:"error"`
}

// Removed says that a session is in a room no longer, and why.
type Removed struct {
	Room   string `json:"room"`
	Reason string `json:"reason"`
	Until  string `json:"until"`
}

// Error is a refusal.
type Error struct {
	Code      string `json:"code"`
	Text      string `json:"message"`
	Field     string `json:"field"`
	Retryable bool   `json:"retryable"`
	RetryMS   int    `json:"retry_after_ms"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Text }
