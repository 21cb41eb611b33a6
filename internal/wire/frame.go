package wire

import (
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"chorus/internal/chat"
)

// Frame is what is written to sessions at a time: some events, encoded once for all of them.
// It does not change after it was made and may be used concurrently.
type Frame struct {
	// Framed is what is written to a session, unless it speaks plain text and there are lines.
	Framed
	// Texts are what a plain-text session is shown instead of the lines.
	Texts []string

	holders atomic.Int32
}

// MessagesFrame encodes messages as events. It keeps nothing of the slice.
func MessagesFrame(messages []chat.Message) *Frame {
	size := FrameHead
	for i := range messages {
		size += EncodedSize(&messages[i])
	}
	b, texts := make([]byte, FrameHead, size), make([]string, 0, len(messages))
	for i := range messages {
		if i > 0 {
			b = append(b, '\n')
		}
		b = AppendMessage(b, &messages[i])
		if text := plainText(&messages[i]); text != "" {
			texts = append(texts, text)
		}
	}
	return &Frame{Framed: NewFramed(b), Texts: texts}
}

// EventFrame encodes one event.
func EventFrame(e Event) *Frame {
	line, err := json.Marshal(e)
	if err != nil {
		panic(err) // an Event is made of what can be encoded
	}
	// No longer than it has to be: it may wait for a slow reader.
	return &Frame{Framed: NewFramed(append(make([]byte, FrameHead, FrameHead+len(line)), line...))}
}

// EncodedSize estimates the bytes of a message's event.
func EncodedSize(m *chat.Message) int {
	const rest = 160 // field names, ids and the time
	return len(m.Room) + len(m.Key) + len(m.User.ID) + len(m.User.Name) + len(m.User.Avatar) + len(m.Text) + changeSize(m) + actSize(m) + rest
}

// Size is what the frame counts for in a session's queue, in bytes.
func (f *Frame) Size() int {
	if len(f.Bytes) > 0 {
		return len(f.Bytes)
	}
	size := 0
	for _, t := range f.Texts {
		size += len(t)
	}
	return size
}

// Hold counts one more who keeps the frame to be written, and returns how many bytes more that takes: those
// of the frame for the first one, and nothing for the others. Release is the opposite.
func (f *Frame) Hold() int {
	if f.holders.Add(1) == 1 {
		return f.Size()
	}
	return 0
}

// Release counts one less, and returns how many bytes less that takes.
func (f *Frame) Release() int {
	if f.holders.Add(-1) == 0 {
		return f.Size()
	}
	return 0
}
