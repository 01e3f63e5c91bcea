// Package flott runs Flink SQL inside a Go program: the same scripts, the same
// results as `flott run`.
//
//	for st, err := range flott.Run(ctx, `
//	    CREATE TABLE n (x INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');
//	    SELECT COUNT(*) FROM n`) {
//	    if err != nil { … }
//	    for row, err := range st.Rows() { … }
//	}
//
// A Run is one embedded cluster with one session. INSERTs start jobs that run
// beside the statements that follow; Run ends when all jobs have ended, and
// leaving the loop or cancelling the context stops them.
package flott

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"

	_ "github.com/flott/flott/connector/all" // the connectors of the binary
	_ "github.com/flott/flott/format/all"    // its formats
)

// Option changes how Run works.
type Option func(*engine.Options)

// Set sets a configuration key, as -D key=value.
func Set(key, value string) Option {
	return func(o *engine.Options) { o.Settings[key] = value }
}

// Name gives the script's jobs an identity: killed and run again under the same
// name, they continue from their latest checkpoint.
func Name(name string) Option { return func(o *engine.Options) { o.Name = name } }

// Fresh starts jobs that have an identity over.
func Fresh() Option { return func(o *engine.Options) { o.Fresh = true } }

// Statement is a statement of a script that has been executed.
type Statement struct {
	// Number counts the script's statements from 1; SQL is its text.
	Number int
	SQL    string
	// Columns are those of the answer, nil if it has none (CREATE, SET, INSERT).
	Columns []Column
	// Notes are remarks: ignored settings and the like.
	Notes []string

	ctx    context.Context
	result *session.Result
	read   bool
}

// Column is a column of an answer.
type Column struct {
	Name string
	Type types.Type
}

// Row is a row of an answer: its kind (+I, -U, +U, -D) and its values as Flink's
// SQL client shows them, nil for NULL.
type Row struct {
	Kind   types.RowKind
	Values []*string
}

// String returns the row as `+I[a, b]`.
func (r Row) String() string {
	cells := make([]string, len(r.Values))
	for i, v := range r.Values {
		cells[i] = "NULL"
		if v != nil {
			cells[i] = *v
		}
	}
	return r.Kind.String() + "[" + strings.Join(cells, ", ") + "]"
}

// Rows returns the rows of the answer, once. Leaving the loop ends the query.
func (s *Statement) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for b, err := range s.batches() {
			if err != nil {
				yield(Row{}, err)
				return
			}
			for i := range b.Len() {
				if !yield(textRow(b, i, s.result.Zone), nil) {
					return
				}
			}
		}
		if s.result.Kind == session.Rows && !s.read {
			s.read = true
			for _, r := range s.result.Rows {
				if !yield(Row{Values: r}, nil) {
					return
				}
			}
		}
	}
}

func textRow(b *vector.Batch, i int, zone *types.Zone) Row {
	r := Row{Kind: b.Kind(i), Values: make([]*string, len(b.Cols))}
	for k, c := range b.Cols {
		if !c.IsNull(i) {
			t := string(vector.AppendText(nil, c, i, zone))
			r.Values[k] = &t
		}
	}
	return r
}

// batches yields a query's result; the batch is lent until the next one.
func (s *Statement) batches() iter.Seq2[*vector.Batch, error] {
	return func(yield func(*vector.Batch, error) bool) {
		if s.result.Kind != session.Query || s.read {
			return
		}
		s.read = true
		for {
			b, err := s.result.Job.Next(s.ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(b, nil) {
				s.result.Job.Cancel()
				return
			}
		}
		if err := s.result.Job.Wait(s.ctx); err != nil {
			yield(nil, err)
		}
	}
}

// Run executes a script statement by statement as the loop asks for them. An
// error ends it; Explain(err) draws SQL errors with their place. A query whose
// rows are not read is cancelled when the loop goes on.
func Run(ctx context.Context, script string, opts ...Option) iter.Seq2[*Statement, error] {
	return func(yield func(*Statement, error) bool) {
		o := engine.Options{Settings: map[string]string{}}
		for _, f := range opts {
			f(&o)
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		e, err := engine.Open(o)
		if err != nil {
			yield(nil, err)
			return
		}
		defer e.Close()
		s, err := e.Session(script)
		if err != nil {
			yield(nil, err)
			return
		}
		var jobs []session.Job
		defer func() {
			for _, j := range jobs {
				j.Cancel()
			}
		}()
		n := 0
		for piece := range parser.Split(script) {
			n++
			r, errs := s.Execute(ctx, piece)
			if errs != nil {
				yield(nil, &Error{Statement: n, script: script, errs: errs})
				return
			}
			st := &Statement{Number: n, SQL: piece.Text(), Notes: r.Notes, ctx: ctx, result: r}
			for _, c := range r.Columns {
				st.Columns = append(st.Columns, Column{c.Name, c.Type})
			}
			if r.Kind == session.Submitted {
				jobs = append(jobs, r.Job)
				if r.Sync {
					if err := r.Job.Wait(ctx); err != nil {
						yield(nil, &Error{script: script, errs: []*diag.Error{session.JobError(err)}})
						return
					}
				}
			}
			if !yield(st, nil) {
				return
			}
			if r.Kind == session.Query && !st.read {
				r.Job.Cancel()
			}
		}
		for _, j := range jobs {
			if err := j.Wait(ctx); err != nil {
				yield(nil, &Error{script: script, errs: []*diag.Error{session.JobError(err)}})
				return
			}
		}
	}
}

// Error is the mistakes of a statement, or the failure of a job.
type Error struct {
	// Statement is the statement's number, 0 for the failure of a running job.
	Statement int

	script string
	errs   []*diag.Error
}

// Error returns the first mistake in one line.
func (e *Error) Error() string { return e.errs[0].Error() }

// Unwrap returns the mistakes.
func (e *Error) Unwrap() []error {
	out := make([]error, len(e.errs))
	for i, d := range e.errs {
		out[i] = d
	}
	return out
}

// Code is the first mistake's code, as listed in docs/reference/errors.md.
func (e *Error) Code() string { return e.errs[0].Code }

// Explain draws an error of Run with its place in the script; other errors are
// their text.
func Explain(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var b strings.Builder
	for _, d := range e.errs {
		b.WriteString(diag.Render(e.script, d, false))
	}
	return b.String()
}
