// Package once is the enumerator of sources whose splits are all known at the
// start, as those of generators are.
package once

import (
	"context"
	"time"

	"github.com/flott/flott/connector"
)

// Enumerator hands out its splits with the first Discover and never again, also
// after a restore.
type Enumerator struct {
	splits func() []connector.Split
	done   bool
}

// New returns an enumerator; splits is called by the first Discover.
func New(splits func() []connector.Split) *Enumerator { return &Enumerator{splits: splits} }

// Discover returns the splits, or nothing if they were handed out.
func (e *Enumerator) Discover(context.Context) ([]connector.Split, bool, error) {
	if e.done {
		return nil, false, nil
	}
	e.done = true
	return e.splits(), false, nil
}

// Interval is 0: there is nothing to look for again.
func (e *Enumerator) Interval() time.Duration { return 0 }

// Snapshot is one byte: whether the splits were handed out.
func (e *Enumerator) Snapshot() ([]byte, error) {
	if e.done {
		return []byte{1}, nil
	}
	return []byte{0}, nil
}

// Restore takes a snapshot.
func (e *Enumerator) Restore(state []byte) error {
	e.done = len(state) > 0 && state[0] == 1
	return nil
}

// Close has nothing to give back.
func (e *Enumerator) Close() error { return nil }
