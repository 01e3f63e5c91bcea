package physical

import (
	"strings"

	"github.com/flott/flott/internal/diag"
)

// withoutBound ends the text of state that grows for as long as the job runs.
const withoutBound = "without bound"

// Modes returns the kinds of rows that the node puts out, as EXPLAIN
// CHANGELOG_MODE shows them: I,UB,UA,D.
func (n *Node) Modes() string { return n.kindsText() }

// Updates reports whether the node's rows change or withdraw earlier ones, with the
// place in the script that makes them do so, and why.
func (n *Node) Updates() (yes bool, at diag.Span, why string) {
	return n.Kinds != insertOnly, n.updatesFrom, n.updatesWhy
}

// State tells what the node keeps, "" if nothing, and whether that grows without
// bound.
func (n *Node) State() (what string, unbounded bool) {
	return n.state, strings.HasSuffix(n.state, withoutBound)
}

// Details returns the node's attributes as `flott explain` draws them.
func (n *Node) Details() string { return details(n) }
