package main

import (
	"runtime"
	"testing"
)

func TestWhatABusyTimeHasLeftIsGivenBackWhenItIsOver(t *testing.T) {
	var m memory
	m.tidy()
	m.tidy() // whatever was before this test
	busy := make([][]byte, 64)
	for i := range busy {
		busy[i] = make([]byte, 1<<20)
	}
	if m.tidy() {
		t.Error("a collection was made while much happened")
	}
	runtime.KeepAlive(busy)
	busy = nil
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tidied := m.tidy()
	runtime.ReadMemStats(&after)
	if !tidied || after.HeapSys-after.HeapReleased+32<<20 > before.HeapSys-before.HeapReleased {
		t.Errorf("of %d bytes %d were kept", before.HeapSys-before.HeapReleased, after.HeapSys-after.HeapReleased)
	}
	if m.tidy() {
		t.Error("a collection was made for nothing")
	}
}
