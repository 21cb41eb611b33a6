package limit

// Remembered returns how many users and addresses are kept in memory.
func (l *Limiter) Remembered() (n int) {
	for _, t := range []*table{l.users, l.addresses} {
		t.mu.Lock()
		n += len(t.entries)
		t.mu.Unlock()
	}
	return n
}
