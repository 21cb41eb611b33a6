package load

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Who interrupts a run doesn't wait for a service that takes nothing, however much patience there is.
func TestWhoInterruptsIsNotKeptWaiting(t *testing.T) {
	talk := few()
	talk.Rate, talk.Size, talk.Duration = 100_000, 4000, time.Minute
	for name, shape := range map[string]func(context.Context, *Run) (*Report, error){
		"talk":  func(ctx context.Context, r *Run) (*Report, error) { return r.Talk(ctx, talk) },
		"burst": func(ctx context.Context, r *Run) (*Report, error) { return r.Burst(ctx, talk, 100_000) },
	} {
		t.Run(name, func(t *testing.T) {
			ended := t.Context()
			r := (&fake{say: func(*fake, *websocket.Conn, uint64, uint64, []byte, []byte) { <-ended.Done() }}).start(t)
			r.Options.Patience = time.Minute
			ctx, interrupt := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, interrupt)
			begun := time.Now()
			if _, err := shape(ctx, r); !errors.Is(err, context.Canceled) || time.Since(begun) > 20*time.Second {
				t.Errorf("after %s: %v", time.Since(begun), err)
			}
		})
	}
}
