package wire_test

import (
	"strings"
	"testing"
	"time"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

func BenchmarkDecodeSend(b *testing.B) {
	line := []byte(`{"id":7,"send":{"room":"lobby","key":"0123456789abcdef","text":"` + strings.Repeat("x", 128) + `"}}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, err := wire.Decode(line); err != nil {
			b.Fatal(err)
		}
	}
}

// One message is encoded once, for however many members.
func BenchmarkEncodeMessage(b *testing.B) {
	messages := []chat.Message{{
		Room: "lobby", Seq: 1234, ID: chat.NewID(), Prev: chat.NewID(), Time: time.Now(),
		Draft: chat.Draft{Key: "0123456789abcdef", User: chat.User{ID: chat.NewID(), Name: "Eve"}, Text: strings.Repeat("x", 128)},
	}}
	b.ReportAllocs()
	for b.Loop() {
		wire.MessagesFrame(messages)
	}
}
