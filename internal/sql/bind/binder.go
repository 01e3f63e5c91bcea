package bind

import (
	"errors"
	"fmt"
	"sort"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// maxErrors is how many mistakes of one statement are told.
const maxErrors = 10

// maxDepth bounds the nesting of views and subqueries, so that no input
// overflows the stack.
const maxDepth = 200

// Options are the settings that binding depends on.
type Options struct {
	// Batch is execution.runtime-mode = batch: no time attributes, no watermarks.
	Batch bool
	// NoHints is table.dynamic-table-options.enabled = false.
	NoHints bool
	// Script is the text that the spans of statements refer to; it is kept with
	// the objects that are created.
	Script string
}

// Binder binds statements against a catalog. It holds nothing between
// statements and is not safe for concurrent use.
type Binder struct {
	cat  *catalog.Manager
	opts Options

	errs         []*diag.Error
	spans        map[*int]diag.Span // places of column references, by the reference
	views        map[*catalog.View]plan.Node
	subs         int // number of subqueries so far
	subList      map[int]*subquery
	depth        int
	inside       int        // expressions around the one being bound, within its query
	nullsAllowed bool       // the query feeds an INSERT, which gives NULL its type
	schemaOnly   bool       // names and types are wanted; nobody asks whether connectors are there
	expand       *expansion // of the view that is being made
	// inView is set while the text of a view is bound: its errors are told
	// at the place where the view is used.
	inView *viewUse
}

type viewUse struct {
	what string // view "v"
	at   diag.Span
}

// New returns a Binder.
func New(cat *catalog.Manager, opts Options) *Binder { return &Binder{cat: cat, opts: opts} }

// begin clears what an earlier statement left.
func (b *Binder) begin() {
	*b = Binder{cat: b.cat, opts: b.opts, spans: map[*int]diag.Span{}, views: map[*catalog.View]plan.Node{}}
}

// end returns the errors in text order.
func (b *Binder) end() []*diag.Error {
	sort.SliceStable(b.errs, func(i, j int) bool { return b.errs[i].Span.Start < b.errs[j].Span.Start })
	if len(b.errs) > maxErrors {
		b.errs = b.errs[:maxErrors]
	}
	return b.errs
}

// Query binds a query.
func (b *Binder) Query(q *ast.Query) (plan.Node, []*diag.Error) {
	b.begin()
	src := b.query(q, nil)
	if errs := b.end(); len(errs) > 0 {
		return nil, errs
	}
	return src.node, nil
}

// Expr binds an expression without columns, e.g. for SET or tests.
func (b *Binder) Expr(e ast.Expr) (spec.Expr, []*diag.Error) {
	b.begin()
	x := b.expr(e, &env{scope: &scope{}, clause: "an expression without a table"})
	return x, b.end()
}

// fail records a mistake and returns it, so that help can be added.
func (b *Binder) fail(at diag.Span, code, format string, args ...any) *diag.Error {
	e := &diag.Error{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Span: at}
	b.add(e)
	return e
}

func (b *Binder) add(e *diag.Error) {
	if v := b.inView; v != nil {
		e.Message = v.what + ": " + e.Message
		e.Span, e.Label, e.Labels = v.at, "", nil
	}
	b.errs = append(b.errs, e)
}

// failWith records an error of another package at a place.
func (b *Binder) failWith(at diag.Span, err error) {
	var d *diag.Error
	if errors.As(err, &d) {
		c := *d
		if c.Span.IsZero() {
			c.Span = at
		}
		if c.Stage == diag.StageUnset {
			c.Stage = diag.StageValidate
		}
		b.add(&c)
		return
	}
	b.fail(at, "wrong-arguments", "%s", err.Error())
}

func (b *Binder) notSupported(at diag.Span, what, help string) *diag.Error {
	e := b.fail(at, "not-supported", "%s is not supported yet", what)
	e.Help = help
	return e
}

// poison stands for an expression with a mistake in it.
func poison() spec.Expr { return spec.Expr{} }

func bad(e spec.Expr) bool { return e.Type.Kind == types.Unset }

func anyBad(es []spec.Expr) bool {
	for _, e := range es {
		if bad(e) {
			return true
		}
	}
	return false
}
