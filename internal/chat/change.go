package chat

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Limits of what is said about a message.
const (
	MaxExcerptChars = 100
	// MaxReactions is how many reactions a message may have, each emoji of each user counted.
	MaxReactions = 500

	maxEmojiChars = 10 // what the longest in use need: a kiss of two people with a colour each
	maxEmojiBytes = 40
)

// Kind says what a Change does.
type Kind string

// The kinds that there are.
const (
	Edit    Kind = "edit"    // puts the Draft's text in the place of the message's
	Delete  Kind = "delete"  // takes the message back for good
	React   Kind = "react"   // adds an emoji of the user
	Unreact Kind = "unreact" // takes it away again
)

// Change changes a message that was said before. It is an entry in the log like any other, so that it
// has its place in the order, and nothing else is needed for it to arrive everywhere.
type Change struct {
	// Of is the message. A change can't be changed.
	Of   Position `json:"of"`
	Kind Kind     `json:"kind"`
	// Emoji is for React and Unreact.
	Emoji string `json:"emoji,omitzero"`
}

// Reply says which message another one answers, with as much of it as people need to know it again.
type Reply struct {
	Position
	User User `json:"user"`
	// Text is the beginning of what was said, "" where that has been deleted since.
	Text string `json:"text,omitzero"`
	// Deleted is set only where the message is handed to somebody who comes later.
	Deleted bool `json:"deleted,omitzero"`
}

// Excerpt returns the beginning of a text, on one line.
func Excerpt(text string) string {
	line := strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(line) <= MaxExcerptChars {
		return line
	}
	return string([]rune(line)[:MaxExcerptChars-1]) + "…"
}

// pictures are the characters that an emoji can begin with. Those that Unicode has not named yet are
// among them: people's devices are newer than this.
const pictures = `[\p{So}\x{203C}\x{2049}\x{2139}\x{2194}\x{25FB}-\x{25FE}\x{2934}\x{2935}\x{3030}\x{1F000}-\x{1F3FA}\x{1F400}-\x{1FAFF}]`

// A picture may be followed by how it is to be shown, a colour of the skin, and the tags of a region.
const picture = pictures + `[\x{FE0E}\x{FE0F}]?[\x{1F3FB}-\x{1F3FF}]?\x{FE0F}?(?:[\x{E0020}-\x{E007E}]+\x{E007F})?`

// emoji is one of them: a key of a telephone, a flag of two letters, or pictures joined to one.
var emoji = regexp.MustCompile(`^(?:[0-9#*]\x{FE0F}?\x{20E3}|[\x{1F1E6}-\x{1F1FF}]{2}|` + picture + `(?:\x{200D}` + picture + `)*)$`)

// Emoji checks a reaction: one emoji, whatever it is made of. An error is a *FieldError for "emoji".
func Emoji(s string) error {
	switch {
	case s == "":
		return refuse("emoji", "is missing")
	case strings.ContainsRune(s, utf8.RuneError): // a symbol too, and what stands for what is not UTF-8
		return refuse("emoji", "is not valid UTF-8")
	case len(s) > maxEmojiBytes || utf8.RuneCountInString(s) > maxEmojiChars || !emoji.MatchString(s):
		return refuse("emoji", "is not one emoji")
	}
	return nil
}
