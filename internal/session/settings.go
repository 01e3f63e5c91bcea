package session

import (
	"maps"

	"github.com/flott/flott/internal/diag"
)

// Settings returns a copy of what is set, keys that mean nothing here included.
func (s *Session) Settings() map[string]string { return maps.Clone(map[string]string(s.settings)) }

// Override sets keys until undo is called.
func (s *Session) Override(config map[string]string) (undo func(), err *diag.Error) {
	before := s.Settings()
	undo = func() { s.settings = before }
	for k, v := range config {
		if _, err := s.set(k, v); err != nil {
			undo()
			return nil, err
		}
	}
	return undo, nil
}
