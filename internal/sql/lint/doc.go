// Package lint finds what is allowed in a script and probably not meant: state
// that grows for ever, joins of everything with everything, keys that are
// different each time they are computed.
//
// It looks at a statement that has been planned without a mistake: Check at its
// syntax, its bound plan and its physical plan. What is known only of the whole
// script (tables that nobody uses) is Usage's to find.
package lint
