package session

import (
	"sync"

	"chorus/internal/wire"
)

// mergeBytes is how much waiting frames are put together to, so that a session that is slower
// than its rooms costs fewer system calls, not more.
const mergeBytes = 32 << 10

var mergeBuffers = sync.Pool{New: func() any {
	b := make([]byte, wire.TextHead, wire.TextHead+mergeBytes)
	return &b
}}

// outgoing is what was taken out of a session's queue to be written.
type outgoing struct {
	frames []*wire.Frame
	begun  int // of frames
	plain  int // texts begun of the last of these, for a session that speaks plain text
	buffer *[]byte
}

// next returns what is to be written next, until it is called again. It puts together what goes together.
func (o *outgoing) next(plain bool) (t wire.Text, ok bool) {
	o.free()
	if plain {
		return o.nextPlain()
	}
	if o.begun == len(o.frames) {
		return t, false
	}
	n := o.together()
	merged := o.frames[o.begun : o.begun+n]
	o.begun += n
	if n == 1 {
		return merged[0].Text(), true
	}
	b := o.place()
	for i, f := range merged {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, f.Lines...)
	}
	return wire.NewText(b), true
}

// together returns how many frames from the next one on are written as one: pings and pongs stay by themselves.
func (o *outgoing) together() int {
	size := 0
	for i, f := range o.frames[o.begun:] {
		size += len(f.Lines) + 1
		if i > 0 && (f.Lines == nil || size > mergeBytes) {
			return i
		}
		if f.Lines == nil {
			return 1
		}
	}
	return len(o.frames) - o.begun
}

func (o *outgoing) nextPlain() (t wire.Text, ok bool) {
	for ; o.begun < len(o.frames); o.begun, o.plain = o.begun+1, 0 {
		f := o.frames[o.begun]
		if f.Lines == nil && f.Texts == nil {
			o.begun++
			return f.Text(), true
		}
		if o.plain < len(f.Texts) {
			o.plain++
			return wire.NewText(append(o.place(), f.Texts[o.plain-1]...)), true
		}
	}
	return t, false
}

// place returns an empty text, to be appended to.
func (o *outgoing) place() []byte {
	o.buffer = mergeBuffers.Get().(*[]byte)
	return *o.buffer
}

// own returns the bytes of what was put together: a slow reader keeps them beside what waits.
func (o *outgoing) own() int {
	if o.buffer == nil {
		return 0
	}
	return cap(*o.buffer)
}

// free is for when nothing of the last text is left to be written.
func (o *outgoing) free() {
	if o.buffer != nil {
		mergeBuffers.Put(o.buffer)
		o.buffer = nil
	}
}

// turn writes what a session has in its queue, unless its client has to be waited for: that is done elsewhere.
// It hands over an empty list for what comes meanwhile, and returns another one.
func (s *Session) turn(spare []*wire.Frame) []*wire.Frame {
	o, ok := s.take(spare)
	if !ok {
		return spare
	}
	left, err := s.writeOn(&o)
	if len(left) > 0 && err == nil {
		rest := o // or it would be allocated where nothing is left
		s.group.running.Go(func() { s.writeSlowly(rest, left) })
		return nil
	}
	return s.wrote(&o, err)
}

// writeOn writes until all is written or the client has to be waited for.
func (s *Session) writeOn(o *outgoing) (left []byte, err error) {
	for {
		t, ok := o.next(s.client.Plain != nil)
		if !ok {
			return nil, nil
		}
		if left, err = s.transport.try(t); err != nil || len(left) > 0 {
			return left, err
		}
	}
}

// writeSlowly writes as the client takes it.
func (s *Session) writeSlowly(o outgoing, left []byte) {
	all := s.group.node.Memory.Queues()
	var err error
	for err == nil && len(left) > 0 {
		own := o.own()
		all.Hold(own)
		err = s.transport.finish(left)
		all.Hold(-own)
		if err == nil {
			left, err = s.writeOn(&o)
		}
	}
	s.wrote(&o, err)
}

// wrote is for when all is written that was taken, or can't be. It returns the list that it was in, empty.
func (s *Session) wrote(o *outgoing, err error) []*wire.Frame {
	o.free()
	s.release(o.frames)
	if err != nil {
		s.release(s.queue.fail(err))
		s.transport.Close() // wakes up the reading goroutine
		return nil
	}
	clear(o.frames)
	return s.goOn(o.frames[:0])
}
