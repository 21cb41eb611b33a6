package chat

import (
	"cmp"
	"slices"
)

// Folded is what has become of a message since it was said.
type Folded struct {
	Edited    bool
	Deleted   bool
	Reactions []Reaction // in the order of their emoji
}

// Reaction is an emoji and who has reacted with it.
type Reaction struct {
	Emoji string
	Users []string // ids, in their order
}

// Changes are the changes that are in force, by the seq of the message that they refer to. Applying
// entries to it in the order of the log, the last one counts for each (message, user, emoji) and for each
// text, and nothing counts after a Delete. So it does not matter where one begins to apply them, or
// whether one was applied before.
type Changes map[uint64]*InForce

// InForce is what is in force for one message.
type InForce struct {
	Deleted bool
	// Edit is the seq of the entry that Text is from, 0 if the message was not edited.
	Edit      uint64
	Text      string
	Reactions []Reaction
}

// Apply brings the changes up to date with an entry. Entries that change nothing are ignored.
func (c Changes) Apply(m *Message) {
	if m.Change == nil {
		return
	}
	seq := m.Change.Of.Seq
	s := c[seq]
	if s == nil {
		s = &InForce{}
		c[seq] = s
	}
	if s.Deleted {
		return
	}
	switch m.Change.Kind {
	case Edit:
		s.Edit, s.Text = m.Seq, m.Text
	case Delete:
		*s = InForce{Deleted: true}
	case React:
		s.React(m.Change.Emoji, m.User.ID)
	case Unreact:
		s.unreact(m.Change.Emoji, m.User.ID)
	}
	if s.isNothing() {
		delete(c, seq)
	}
}

func (s *InForce) isNothing() bool { return !s.Deleted && s.Edit == 0 && len(s.Reactions) == 0 }

// React adds a reaction, unless it is there.
func (s *InForce) React(emoji, user string) {
	i, found := s.find(emoji)
	if !found {
		s.Reactions = slices.Insert(s.Reactions, i, Reaction{Emoji: emoji})
	}
	r := &s.Reactions[i]
	if j, found := slices.BinarySearch(r.Users, user); !found {
		r.Users = slices.Insert(r.Users, j, user)
	}
}

func (s *InForce) unreact(emoji, user string) {
	i, found := s.find(emoji)
	if !found {
		return
	}
	r := &s.Reactions[i]
	if j, found := slices.BinarySearch(r.Users, user); found {
		r.Users = slices.Delete(r.Users, j, j+1)
	}
	if len(r.Users) == 0 {
		s.Reactions = slices.Delete(s.Reactions, i, i+1)
	}
}

// Has reports whether a user has reacted with an emoji.
func (s *InForce) Has(emoji, user string) bool {
	i, found := s.find(emoji)
	if found {
		_, found = slices.BinarySearch(s.Reactions[i].Users, user)
	}
	return found
}

func (s *InForce) find(emoji string) (int, bool) {
	return slices.BinarySearchFunc(s.Reactions, emoji, func(r Reaction, emoji string) int { return cmp.Compare(r.Emoji, emoji) })
}

// Count returns how many reactions there are, each emoji of each user counted.
func (s *InForce) Count() (n int) {
	for _, r := range s.Reactions {
		n += len(r.Users)
	}
	return n
}

// Clone returns a copy that has nothing in common with s.
func (s *InForce) Clone() *InForce {
	copied := *s
	copied.Reactions = slices.Clone(s.Reactions)
	for i := range copied.Reactions {
		copied.Reactions[i].Users = slices.Clone(copied.Reactions[i].Users)
	}
	return &copied
}

// RefersTo returns the seq of the message that m changes or answers, 0 if it does neither.
func (m *Message) RefersTo() uint64 {
	switch {
	case m.Change != nil:
		return m.Change.Of.Seq
	case m.Reply != nil:
		return m.Reply.Seq
	}
	return 0
}

// Fold returns messages as they are to be shown to somebody who comes later, when c has what is in force
// for them and for what they refer to: with their newest texts, and nothing of what was deleted or is not
// in force any more, wherever it stands. The messages themselves stay as they are.
func (c Changes) Fold(messages []Message) []Message {
	folded := messages
	for i := range messages {
		m := c.fold(&messages[i])
		if m == nil {
			continue
		}
		if &folded[0] == &messages[0] {
			folded = slices.Clone(messages)
		}
		folded[i] = *m
	}
	return folded
}

// Requote returns messages of which only the replies are folded, in what they quote. The messages
// themselves stay as they are.
func (c Changes) Requote(messages []Message) []Message {
	requoted := messages
	for i := range messages {
		m := &messages[i]
		if m.Reply == nil || c[m.Reply.Seq] == nil {
			continue
		}
		if &requoted[0] == &messages[0] {
			requoted = slices.Clone(messages)
		}
		requoted[i].Reply = m.Reply.fold(c[m.Reply.Seq])
	}
	return requoted
}

// fold returns a message as it is to be shown, nil if that is as it is.
func (c Changes) fold(m *Message) *Message {
	own, referred := c[m.Seq], c[m.RefersTo()]
	switch {
	case m.Change != nil:
		// What edits nothing that is known is rather not handed out.
		if m.Change.Kind != Edit || referred != nil && referred.Edit == m.Seq {
			return nil
		}
		superseded := *m
		superseded.Text = ""
		return &superseded
	case own == nil && referred == nil:
		return nil
	}
	shown := *m
	if referred != nil {
		shown.Reply = m.Reply.fold(referred)
	}
	if own != nil {
		shown.Folded = &Folded{Edited: own.Edit > 0, Deleted: own.Deleted, Reactions: own.Reactions}
		switch {
		case own.Deleted:
			shown.Text, shown.Reply = "", nil
		case own.Edit > 0:
			shown.Text = own.Text
		}
	}
	return &shown
}

// fold returns a reply as it is to be shown, where something is in force for what it answers: its excerpt
// would give away what was deleted or corrected.
func (r *Reply) fold(s *InForce) *Reply {
	shown := *r
	switch {
	case s.Deleted:
		shown.Text, shown.Deleted = "", true
	case s.Edit > 0:
		shown.Text = Excerpt(s.Text)
	}
	return &shown
}
