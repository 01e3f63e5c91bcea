//go:build invariant || race

package invariant

import "fmt"

// Enabled tells whether this build checks its invariants.
const Enabled = true

// Assert panics with the message if ok is false.
func Assert(ok bool, format string, args ...any) {
	if !ok {
		panic("invariant broken: " + fmt.Sprintf(format, args...))
	}
}
