package state

// Entries counts the records of all tables, those of windows included.
func (b *Backend) Entries() (n int) {
	for _, t := range b.tables {
		n += t.Len()
	}
	for _, w := range b.windows {
		for _, t := range w.byEnd {
			n += t.Table.Len()
		}
	}
	return n
}
