package session

import (
	"sync"

	"chorus/internal/wire"
)

// mergeBytes is how much waiting frames are put together to, so that a session that is slower
// than its rooms costs fewer system calls, not more.
const mergeBytes = 32 << 10

var mergeBuffers = sync.Pool{New: func() any {
	b := make([]byte, wire.FrameHead, wire.FrameHead+mergeBytes)
	return &b
}}

// outgoing is what was taken out of a session's queue to be written.
type outgoing struct {
	frames []*wire.Frame
	begun  int // of frames
	texts  int // begun of the next frame, for a session that speaks plain text

	framed wire.Framed // what is being written
	n      int         // bytes written of it
	own    int         // bytes that were made for it: a slow reader keeps them beside what waits
	buffer *[]byte     // nil unless it was put together
}

// next goes on to what is to be written next, if there is more. It puts together what goes together.
func (o *outgoing) next(plain bool) bool {
	o.free()
	if plain {
		return o.nextPlain()
	}
	if o.begun == len(o.frames) {
		return false
	}
	together := o.frames[o.begun : o.begun+o.together()]
	o.begun += len(together)
	if len(together) == 1 {
		o.framed = together[0].Framed
	} else {
		o.merge(together)
	}
	return true
}

// together returns how many frames from the next one on are written as one. What is about the connection stays by
// itself.
func (o *outgoing) together() int {
	size := 0
	for i, f := range o.frames[o.begun:] {
		size += len(f.Lines) + 1
		switch {
		case i > 0 && (f.Lines == nil || size > mergeBytes):
			return i
		case f.Lines == nil:
			return 1
		}
	}
	return len(o.frames) - o.begun
}

func (o *outgoing) merge(frames []*wire.Frame) {
	o.buffer = mergeBuffers.Get().(*[]byte)
	b := *o.buffer
	for i, f := range frames {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, f.Lines...)
	}
	o.framed, o.own = wire.NewFramed(b), cap(b)
}

func (o *outgoing) nextPlain() bool {
	for ; o.begun < len(o.frames); o.begun, o.texts = o.begun+1, 0 {
		f := o.frames[o.begun]
		if f.Lines == nil && f.Texts == nil {
			o.begun++
			o.framed = f.Framed
			return true
		}
		if o.texts < len(f.Texts) {
			text := f.Texts[o.texts]
			o.texts++
			b := append(make([]byte, wire.FrameHead, wire.FrameHead+len(text)), text...)
			o.framed, o.own = wire.NewFramed(b), cap(b)
			return true
		}
	}
	return false
}

// free is for when nothing is left to be written of what was.
func (o *outgoing) free() {
	if o.buffer != nil {
		mergeBuffers.Put(o.buffer)
	}
	o.framed, o.n, o.own, o.buffer = wire.Framed{}, 0, 0, nil
}

// turn writes what a session has in its queue, unless its client has to be waited for: that is done elsewhere.
// It hands over an empty list for what comes meanwhile, and returns another one.
func (s *Session) turn(spare []*wire.Frame) []*wire.Frame {
	o := outgoing{frames: s.take(spare)}
	all, err := s.writeOn(&o)
	if !all && err == nil {
		rest := o // or it would be allocated where nothing is left
		s.group.running.Go(func() { s.writeSlowly(rest) })
		return nil
	}
	return s.wrote(&o, err)
}

// writeOn writes on, and reports whether all is written: if not, the client has to be waited for.
func (s *Session) writeOn(o *outgoing) (all bool, err error) {
	for o.next(s.client.Plain != nil) {
		o.n, err = s.transport.try(o.framed)
		if err != nil || o.n < len(o.framed.Bytes) {
			return false, err
		}
	}
	return true, nil
}

// writeSlowly writes as the client takes it.
func (s *Session) writeSlowly(o outgoing) {
	memory := s.group.node.Memory.Queues()
	for {
		memory.Hold(o.own)
		err := s.transport.finish(o.framed, o.n)
		memory.Hold(-o.own)
		all := false
		if err == nil {
			s.queue.moveOn()
			all, err = s.writeOn(&o)
		}
		if all || err != nil {
			s.wrote(&o, err)
			return
		}
	}
}

// wrote is for when all is written that was taken, or can't be. It returns the list that it was in, empty.
func (s *Session) wrote(o *outgoing, err error) []*wire.Frame {
	o.free()
	s.release(o.frames)
	if err != nil {
		s.queue.end(whyUnwritten(err))
		s.transport.Close() // first, or the goodbye could come into the middle of what was being written
		s.release(s.queue.fail())
		return nil
	}
	clear(o.frames)
	return s.goOn(o.frames[:0])
}
