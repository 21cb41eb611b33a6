package client

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is a WebSocket as a carrier.
type socket struct {
	*websocket.Conn
	writing sync.Mutex
}

func (s *socket) ReadFrame() ([]byte, error) {
	_, frame, err := s.ReadMessage()
	return frame, err
}

func (s *socket) WriteFrame(frame []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.WriteMessage(websocket.TextMessage, frame)
}

// Close says goodbye and closes the connection.
func (s *socket) Close() {
	deadline := time.Now().Add(time.Second)
	_ = s.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline)
	_ = s.Conn.Close()
}
