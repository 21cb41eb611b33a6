package session

import (
	"sync"

	"chorus/internal/wire"
)

// mergeBytes is how much waiting frames are put together to, so that a session that is slower
// than its rooms costs fewer system calls, not more.
const mergeBytes = 32 << 10

var mergeBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, mergeBytes)
	return &b
}}

// writeAll writes frames and then a ping.
func (s *Session) writeAll(frames []*wire.Frame, ping bool) (err error) {
	switch {
	case s.client.Plain != nil:
		err = s.writePlain(frames)
	case len(frames) == 1:
		err = s.transport.write(frames[0])
	default:
		err = s.writeMerged(frames)
	}
	if err == nil && ping {
		err = s.transport.ping()
	}
	return err
}

// writeMerged writes what waited together as few frames.
func (s *Session) writeMerged(frames []*wire.Frame) error {
	pooled := mergeBuffers.Get().(*[]byte)
	defer mergeBuffers.Put(pooled)
	all := s.group.node.Memory.Queues() // a slow reader keeps the buffer as long as what waits
	all.Hold(mergeBytes)
	defer all.Hold(-mergeBytes)
	buffer := (*pooled)[:0]
	flush := func() error {
		if len(buffer) == 0 {
			return nil
		}
		err := s.transport.writeText(buffer)
		buffer = buffer[:0]
		return err
	}
	for _, f := range frames {
		if len(buffer)+1+len(f.Lines) > cap(buffer) {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(f.Lines) > cap(buffer) {
			if err := s.transport.writeText(f.Lines); err != nil {
				return err
			}
			continue
		}
		if len(buffer) > 0 {
			buffer = append(buffer, '\n')
		}
		buffer = append(buffer, f.Lines...)
	}
	return flush()
}
