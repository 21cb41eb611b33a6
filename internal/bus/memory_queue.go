package bus

import (
	"container/heap"
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

// memoryQueue is a queue in the store that all peers share.
type memoryQueue struct {
	mu    sync.Mutex
	items map[string]*memoryItem
	due   dueHeap
	added *list.List // of *memoryItem, oldest first
}

type memoryItem struct {
	Item
	added, due time.Time
	index      int // in the heap
	element    *list.Element
}

// memoryQueueOf is one bus' access to it.
type memoryQueueOf struct {
	*memoryQueue
	bus *Memory
	max int
}

// Queue implements Queues.
func (b *Memory) Queue(name string, max int) Queue {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	q := b.store.queues[name]
	if q == nil {
		q = &memoryQueue{items: make(map[string]*memoryItem), added: list.New()}
		b.store.queues[name] = q
	}
	return memoryQueueOf{q, b, max}
}

// Add implements Queue.
func (q memoryQueueOf) Add(ctx context.Context, id string, payload []byte) (dropped int, err error) {
	if err := q.bus.check(ctx); err != nil {
		return 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.items[id] != nil {
		return 0, nil
	}
	now := time.Now()
	i := &memoryItem{Item: Item{ID: id, Payload: slices.Clone(payload)}, added: now, due: now}
	q.items[id] = i
	heap.Push(&q.due, i)
	i.element = q.added.PushBack(i)
	for ; len(q.items) > q.max; dropped++ {
		q.remove(q.added.Front().Value.(*memoryItem))
	}
	return dropped, nil
}

// Take implements Queue.
func (q memoryQueueOf) Take(ctx context.Context, n int, lease time.Duration) (lent []Item, queued int, err error) {
	if err := q.bus.check(ctx); err != nil {
		return nil, 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(lent) < n && len(q.due) > 0 && !q.due[0].due.After(now) {
		i := q.due[0]
		item := i.Item
		item.Age = now.Sub(i.added)
		lent = append(lent, item)
		i.due = now.Add(max(lease, time.Millisecond)) // or this would not end
		heap.Fix(&q.due, i.index)
	}
	return lent, len(q.items), nil
}

// Later implements Queue.
func (q memoryQueueOf) Later(ctx context.Context, id string, delay time.Duration) error {
	if err := q.bus.check(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.items[id]; i != nil {
		i.due = time.Now().Add(delay)
		heap.Fix(&q.due, i.index)
	}
	return nil
}

// Done implements Queue.
func (q memoryQueueOf) Done(ctx context.Context, id string) error {
	if err := q.bus.check(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.items[id]; i != nil {
		q.remove(i)
	}
	return nil
}

func (q *memoryQueue) remove(i *memoryItem) {
	delete(q.items, i.ID)
	heap.Remove(&q.due, i.index)
	q.added.Remove(i.element)
}

// dueHeap has the item that is due first in front. It implements heap.Interface.
type dueHeap []*memoryItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	i := x.(*memoryItem)
	i.index = len(*h)
	*h = append(*h, i)
}

func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	i := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return i
}
