package state

// KeyGroupRange is a range of key groups, both ends included.
type KeyGroupRange struct{ First, Last int }

// Backend is the keyed state of one operator subtask.
type Backend struct{}
