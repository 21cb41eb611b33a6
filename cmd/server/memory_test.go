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

func TestTheGarbageOfAQuietTimeIsGivenBackToo(t *testing.T) {
	var m memory
	untilTidied := func() (mebibytes int) {
		for range 100 {
			mebibytes++
			little := make([]byte, 1<<20)
			runtime.KeepAlive(little)
			if m.tidy() {
				break
			}
		}
		return mebibytes
	}
	untilTidied() // whatever was before this test
	if n := untilTidied(); n < 8 || n > 20 {
		t.Errorf("a collection was made for %d MiB", n)
	}
}
