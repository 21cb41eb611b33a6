package main

import (
	"runtime"
	"testing"
	"time"

	budget "chorus/internal/memory"
)

func TestWhatABusyTimeHasLeftIsGivenBackWhenItIsOver(t *testing.T) {
	var m memory
	now := time.Now()
	m.tidy(now)
	m.tidy(now) // whatever was before this test
	busy := make([][]byte, 64)
	for i := range busy {
		busy[i] = make([]byte, 1<<20)
	}
	if m.tidy(now) {
		t.Error("a collection was made while much happened")
	}
	runtime.KeepAlive(busy)
	busy = nil
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tidied := m.tidy(now)
	runtime.ReadMemStats(&after)
	if !tidied || after.HeapSys-after.HeapReleased+32<<20 > before.HeapSys-before.HeapReleased {
		t.Errorf("of %d bytes %d were kept", before.HeapSys-before.HeapReleased, after.HeapSys-after.HeapReleased)
	}
	if m.tidy(now) {
		t.Error("a collection was made for nothing")
	}
}

func TestTheGarbageOfAQuietTimeIsGivenBackToo(t *testing.T) {
	var m memory
	now := time.Now()
	untilTidied := func() (mebibytes int) {
		for range 100 {
			mebibytes++
			little := make([]byte, 1<<20)
			runtime.KeepAlive(little)
			if m.tidy(now) {
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

// Who is gone allocates nothing.
func TestWhatIsNotInUseAnyMoreIsFoundWhenNothingHappens(t *testing.T) {
	var m memory
	now := time.Now()
	bound := budget.New(budget.Least)
	people := make([]byte, budget.Least/2)
	m.tidy(now) // whatever was before this test
	m.tidy(now)
	if !bound.Tight() {
		t.Fatal("there is place for more, with half of it in use")
	}
	runtime.KeepAlive(people)
	if m.tidy(now.Add(10 * time.Second)) {
		t.Error("a collection was made for nothing, soon after the last one")
	}
	if !m.tidy(now.Add(time.Hour)) || bound.Tight() {
		t.Error("what is not in use any more was not found")
	}
}

func TestCollectionsThatTakeLongAreMadeSeldom(t *testing.T) {
	now := time.Now()
	m := memory{at: now, took: time.Second}
	m.tidy(now) // knows now what was allocated before
	m.tidied = m.allocated
	m.at, m.took = now, time.Second
	if m.tidy(now.Add(3*time.Minute)) || !m.tidy(now.Add(4*time.Minute)) {
		t.Error("a collection that takes a second is not made in every 200")
	}
}
