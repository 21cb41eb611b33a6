package wire

import (
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"chorus/internal/chat"
)

// Frame is what is written to sessions at a time: some events, encoded once for all of them.
// It does not change after it was made and may be used concurrently.
type Frame struct {
	// Lines are events in chorus.v1, separated by line breaks, without one at the end.
	Lines []byte
	// Texts are what a plain-text session is shown instead.
	Texts []string

	holders  atomic.Int32
	shared   bool
	once     sync.Once
	prepared *websocket.PreparedMessage
}

// MessagesFrame encodes messages as events, for so many sessions. It keeps nothing of the slice.
func MessagesFrame(messages []chat.Message, sessions int) *Frame {
	// Preparing costs about as much as writing a hundred small frames from their bytes.
	const worthPreparing = 100
	size := 0
	for i := range messages {
		size += EncodedSize(&messages[i])
	}
	f := &Frame{
		Lines:  make([]byte, 0, size),
		Texts:  make([]string, 0, len(messages)),
		shared: sessions >= worthPreparing,
	}
	for i := range messages {
		if i > 0 {
			f.Lines = append(f.Lines, '\n')
		}
		f.Lines = AppendMessage(f.Lines, &messages[i])
		if text := plainText(&messages[i]); text != "" {
			f.Texts = append(f.Texts, text)
		}
	}
	return f
}

// EventFrame encodes one event.
func EventFrame(e Event) *Frame { return &Frame{Lines: Encode(e)} }

// EncodedSize estimates the bytes of a message's event.
func EncodedSize(m *chat.Message) int {
	const rest = 160 // field names, ids and the time
	return len(m.Room) + len(m.Key) + len(m.User.ID) + len(m.User.Name) + len(m.User.Avatar) + len(m.Text) + changeSize(m) + actSize(m) + rest
}

// Size is what the frame counts for in a session's queue, in bytes.
func (f *Frame) Size() int {
	if len(f.Lines) > 0 {
		return len(f.Lines)
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
		return f.weight()
	}
	return 0
}

// Release counts one less, and returns how many bytes less that takes.
func (f *Frame) Release() int {
	if f.holders.Add(-1) == 0 {
		return f.weight()
	}
	return 0
}

func (f *Frame) weight() int {
	if f.shared {
		return 2 * f.Size() // with what is prepared
	}
	return f.Size()
}

// Prepared returns the frame as the bytes of one WebSocket text frame, made at the first call
// for all who share it. It returns nil where too few do.
func (f *Frame) Prepared() *websocket.PreparedMessage {
	if !f.shared {
		return nil
	}
	f.once.Do(func() {
		var err error
		if f.prepared, err = websocket.NewPreparedMessage(websocket.TextMessage, f.Lines); err != nil {
			panic(err) // fails only for an invalid message type
		}
	})
	return f.prepared
}
