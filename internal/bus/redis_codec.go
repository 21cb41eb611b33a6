package bus

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

// All names of a room share the hash tag {ROOM}, so that a room is in one slot of a cluster.
// Rooms have no braces, colons or spaces in them.
func logKey(room string) string { return "chorus:{" + room + "}:log" }

const secretKey = "chorus:secret"

// body is what the sender contributes to an entry. What the script contributes stands before
// it, where the script can read it without parsing JSON.
type body struct {
	Key    string       `json:"key"`
	User   chat.User    `json:"user"`
	Text   string       `json:"text"`
	Reply  *chat.Reply  `json:"reply,omitzero"`
	Change *chat.Change `json:"change,omitzero"`

	Act          *chat.Act     `json:"act,omitzero"`
	Announcement bool          `json:"announcement,omitzero"`
	Standing     chat.Standing `json:"-"`
}

func encodeBody(d chat.Draft) (string, error) {
	b, err := json.Marshal(body(d))
	return string(b), err
}

// encodeEntry writes what the publish script writes.
func encodeEntry(m *chat.Message) (string, error) {
	b, err := encodeBody(m.Draft)
	prev := m.Prev
	if prev == "" {
		prev = "-"
	}
	return m.ID + " " + prev + " " + strconv.FormatInt(m.Time.UnixMilli(), 10) + " " + b, err
}

// decodeRelayed reads what the scripts publish: the seq of the first message in a line, then an entry in each.
// It hands over what it has read before an error.
func decodeRelayed(room, payload string, hand func(chat.Message)) error {
	first, entries, _ := strings.Cut(payload, "\n")
	seq, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(entries, "\n") {
		m, err := decodeEntry(room, seq, entry)
		if err != nil {
			return err
		}
		hand(m)
		seq++
	}
	return nil
}

// signalPrefix is what a relayed signal begins with; a message begins with its seq.
const signalPrefix = "signal "

func encodeSignal(s chat.Signal) (string, error) {
	b, err := json.Marshal(s)
	return signalPrefix + string(b), err
}

func decodeSignal(encoded string) (s chat.Signal, err error) {
	err = json.Unmarshal([]byte(encoded), &s)
	return s, err
}

// decodeLogged reads an entry of the stream.
func decodeLogged(room string, x redis.XMessage) (chat.Message, error) {
	id, _, _ := strings.Cut(x.ID, "-")
	seq, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return chat.Message{}, fmt.Errorf("entry %s of the log of %s: %w", x.ID, room, err)
	}
	entry, _ := x.Values["m"].(string)
	return decodeEntry(room, seq, entry)
}

// positionOf reads no more of an entry than its position.
func positionOf(x redis.XMessage) (p chat.Position) {
	seq, _, _ := strings.Cut(x.ID, "-")
	p.Seq, _ = strconv.ParseUint(seq, 10, 64) // an entry that can't be read is at no position
	entry, _ := x.Values["m"].(string)
	id, _, _ := strings.Cut(entry, " ")
	p.ID = strings.Clone(id)
	return p
}

func decodeEntry(room string, seq uint64, entry string) (chat.Message, error) {
	m := chat.Message{Room: room, Seq: seq}
	fields := strings.SplitN(entry, " ", 4)
	if len(fields) != 4 {
		return m, fmt.Errorf("entry %d of the log of %s has %d fields, not 4", seq, room, len(fields))
	}
	m.ID = strings.Clone(fields[0]) // a part of the entry would keep all of it in memory
	if fields[1] != "-" {
		m.Prev = strings.Clone(fields[1])
	}
	var err error
	if m.Time, err = parseTime(fields[2]); err != nil {
		return m, fmt.Errorf("entry %d of the log of %s: %w", seq, room, err)
	}
	var b body
	if err := json.Unmarshal([]byte(fields[3]), &b); err != nil {
		return m, fmt.Errorf("entry %d of the log of %s: %w", seq, room, err)
	}
	m.Draft = chat.Draft(b)
	return m, nil
}

func parseTime(ms string) (time.Time, error) {
	n, err := strconv.ParseInt(ms, 10, 64)
	return time.UnixMilli(n).UTC(), err
}
