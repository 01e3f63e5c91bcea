// Package diag is how flott speaks to its users about mistakes: a place in the
// SQL text, what is wrong there, and what to write instead.
//
// Every stage (parser, binder, planner, connectors, runtime) returns *Error;
// one renderer draws it for the terminal, and the doors (REST, jsonl) send the
// same struct. The package knows nothing of SQL.
package diag

import "errors"

// Span is a half-open range of bytes in a script: [Start, End). The zero Span
// means "no place".
type Span struct{ Start, End int }

// IsZero reports whether the span names no place.
func (s Span) IsZero() bool { return s == Span{} }

// To returns the span from the start of s to the end of o.
func (s Span) To(o Span) Span {
	if s.IsZero() {
		return o
	}
	if o.IsZero() {
		return s
	}
	return Span{min(s.Start, o.Start), max(s.End, o.End)}
}

// Stage says where a mistake was noticed, in Flink's four steps.
type Stage uint8

const (
	StageUnset Stage = iota
	StageParse
	StageValidate
	StagePlan
	StageRun
)

// String returns parse, validate, plan or run.
func (s Stage) String() string { return [...]string{"", "parse", "validate", "plan", "run"}[s] }

// Label marks a further place of an error with a few words.
type Label struct {
	Span Span
	Text string
}

// Error is a mistake of the user, or of the world, told well. Code is a stable
// kebab-case word, a heading of docs/reference/errors.md. Message is lower
// case, without a full stop. Span is the piece at fault; Label says what is
// wrong with this very piece (may be empty).
type Error struct {
	Code    string
	Stage   Stage
	Message string
	Span    Span
	Label   string
	Labels  []Label
	Notes   []string
	Help    string
	Cause   error
	// Warning: the statement runs, but probably not as meant.
	Warning bool
	// Permanent: running the same again ends the same way, so a failed job is
	// not restarted (a record that cannot be decoded, memory that is too small).
	Permanent bool
	// Temporary: waiting may mend it, nothing need be changed (a broker that is
	// down).
	Temporary bool
}

// Error returns the first line: the message with its code.
func (e *Error) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Message + " [" + e.Code + "]"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Located is an error with the place in a running job where it happened. Its message
// is that of the error; the place is for a note.
type Located struct {
	Where string // `job "clicks", task "Calc (2/4)"`
	Err   error
}

// Error is the message without the place.
func (e *Located) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *Located) Unwrap() error { return e.Err }

// IsPermanent reports whether an error, or one that caused it, is Permanent.
func IsPermanent(err error) bool { return anyOf(err, func(e *Error) bool { return e.Permanent }) }

// IsTemporary reports whether an error, or one that caused it, is Temporary.
func IsTemporary(err error) bool { return anyOf(err, func(e *Error) bool { return e.Temporary }) }

// anyOf reports whether an Error in err's chain is so.
func anyOf(err error, is func(*Error) bool) bool {
	for {
		var e *Error
		if !errors.As(err, &e) {
			return false
		}
		if is(e) {
			return true
		}
		err = e.Cause
	}
}
