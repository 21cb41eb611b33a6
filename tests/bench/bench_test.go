package main

import (
	"testing"

	"chorus/tests/testbed"
)

// The figures are another day's; what is asked here is whether what is measured works.
func TestWhoWasOnANodeThatDiedIsBackAndMissesNothing(t *testing.T) {
	testbed.NeedRedis(t)
	b := &bench{flags: &flags{Targets: []string{"chorus"}}, dir: t.TempDir()}
	if err := b.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := b.once(t.Context(), "chorus", 2, []string{"reconnect", "--kill", "--rooms=5", "--members=11", "--senders=1", "--rate=100", "--duration=2s"})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Good() || r.Returning == nil || r.Returning.Connections != 50 {
		t.Errorf("%+v, %s; came back: %+v", r.Flaws, r.FirstCut, r.Returning)
	}
}
