package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"chorus/internal/chat"
)

func TestAReactionIsOneEmoji(t *testing.T) {
	for _, in := range []string{
		"👍", "❤", "❤️", "😀", "👍🏽", "1️⃣", "#️⃣", "*⃣", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👨🏿", "🏳️‍🌈", "🕵🏽‍♂️",
		"‼️", "ℹ️", "↔️", "⤴️", "◾", "〰️", "㊗️", "™️", "☝🏽", "🫩", "🅰️", "🀄",
	} {
		if err := chat.Emoji(in); err != nil {
			t.Errorf("Emoji(%q): %v", in, err)
		}
	}
	for _, in := range []string{
		"", "a", "ok", "é", "語", "1", "12", "#", ":)", "+1", "$", "€", " ", "👍 ", "👍\n", "👍a", "👍👍", "👍👎", "\x00", "\u200d", "\ufe0f",
		"\u20e3", "🏽", "👍\u200d", "\u202e", "\xff", strings.Repeat("😀\u200d", 5) + "😀", "<b>", "1\ufe0f",
	} {
		if err := chat.Emoji(in); err == nil {
			t.Errorf("Emoji(%q) is allowed", in)
		} else {
			wantField(t, err, "emoji")
		}
	}
}

func TestAnExcerptIsShortAndOnOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"hello":          "hello",
		" two\n\tlines ": "two lines",
		strings.Repeat("語", chat.MaxExcerptChars): strings.Repeat("語", chat.MaxExcerptChars),
		strings.Repeat("語", chat.MaxTextChars):    strings.Repeat("語", chat.MaxExcerptChars-1) + "…",
	} {
		got := chat.Excerpt(in)
		if got != want || utf8.RuneCountInString(got) > chat.MaxExcerptChars {
			t.Errorf("Excerpt(%.20q) = %q, want %q", in, got, want)
		}
	}
}
