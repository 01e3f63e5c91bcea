package function

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Class says what a function is.
type Class uint8

const (
	Scalar Class = iota
	Aggregate
	Table     // table function: UNNEST and user functions
	Auxiliary // bound by the binder itself (GROUPING, window auxiliaries): only signature and doc
)

// String returns Flink's word for the kind of function.
func (c Class) String() string {
	return [...]string{"SCALAR", "AGGREGATE", "TABLE", "OTHER"}[c]
}

// Arg is an argument as the binder sees it.
type Arg struct {
	Type types.Type
	// Literal is set when the argument is a constant literal.
	Literal *spec.Literal
}

// Signature is a resolved call: what the arguments have to be cast to (the
// binder inserts the casts) and what comes out.
type Signature struct {
	Args   []types.Type
	Result types.Type
}

// Def is a function.
type Def struct {
	Name    string // upper case, or the operator's sign
	Aliases []string
	Class   Class
	// Resolve checks the arguments and derives the result type, nullability
	// included. Its error says in the user's words what would fit
	// (`UPPER takes a STRING, not INT`); the binder adds the place.
	Resolve func(args []Arg) (Signature, error)
	// Strict: NULL in, NULL out (K2).
	Strict bool
	// Partial: the kernel can fail on a value (K4).
	Partial bool
	// Total, if set, tells for which types a Partial function cannot fail after
	// all (most casts, division of DOUBLE).
	Total func(args []types.Type, result types.Type) bool
	// Nondeterministic functions are not folded; Dynamic ones (CURRENT_DATE…)
	// are constant within a batch query and per row in streaming.
	Nondeterministic, Dynamic bool
	// Costly functions (patterns, JSON) are not evaluated for rows that don't
	// need them; neither are functions that append.
	Costly bool
	// Appends: the kernel appends to an empty out (K3). AppendsBytes: it does so
	// unless the result is of fixed width.
	Appends, AppendsBytes bool
	// Make returns the kernel for resolved argument types; consts holds the
	// constant arguments (nil where not constant) so that patterns are compiled once.
	Make func(env *Env, args []types.Type, consts []*vector.Vector, result types.Type) (Kernel, error)
	// Lazy functions (CASE, AND, OR, COALESCE, IF, …) have no kernel: exec/expr
	// evaluates their arguments only for the rows that reach them.
	Lazy bool

	Syntax   string // `SUBSTRING(s FROM pos [FOR len])`
	Doc      string // what it does, one to three sentences
	Family   string // string, math, time, …: the chapter of the reference
	Examples []Example
}

// AppendsTo reports whether the kernel for a result type appends.
func (d *Def) AppendsTo(result types.Type) bool {
	if !d.AppendsBytes {
		return d.Appends
	}
	switch result.Phys() {
	case types.PhysBytes, types.PhysList, types.PhysStruct:
		return true
	}
	return false
}

// Example is an expression with its result as CAST(… AS STRING) prints it; it
// is printed in the reference and run by a test. "NULL" is NULL.
type Example struct{ Expr, Result string }

// Examples makes examples of pairs: expression, result, expression, result, ….
func Examples(pairs ...string) []Example {
	list := make([]Example, len(pairs)/2)
	for i := range list {
		list[i] = Example{Expr: pairs[2*i], Result: pairs[2*i+1]}
	}
	return list
}

// Kernel computes a function for n rows.
type Kernel func(args []*vector.Vector, out *vector.Vector, n int) error

// Env is what kernels may use of their surroundings.
type Env struct {
	Zone *time.Location // table.local-time-zone
	// Now returns the statement's or row's time (see Dynamic).
	Now func() time.Time
	// Watermark is the operator's current watermark, for CURRENT_WATERMARK.
	Watermark func() types.Instant
	// Batch is true in batch mode: Dynamic functions have one value per query.
	Batch bool
	// LegacyCast is table.exec.legacy-cast-behaviour.
	LegacyCast bool
	// Database and Catalog are the session's, for CURRENT_DATABASE and the like.
	Database, Catalog string
}

// Location returns the session's zone, UTC if none is set.
func (e *Env) Location() *time.Location {
	if e == nil || e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// LocalZone is Location with Java's rules for local times.
func (e *Env) LocalZone() *types.Zone {
	loc := e.Location()
	if loc == time.UTC {
		return types.UTC
	}
	if z, err := types.LoadZone(loc.String()); err == nil {
		return z
	}
	return types.ZoneOf(loc)
}

// Time returns what Now says, or the time of the wall clock.
func (e *Env) Time() time.Time {
	if e == nil || e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// RowError is a failure at one row of a batch.
type RowError struct {
	Row int
	Err error
}

func (e *RowError) Error() string { return e.Err.Error() }
func (e *RowError) Unwrap() error { return e.Err }

// Fail returns a RowError with a diag.Error of the given code.
func Fail(row int, code, format string, args ...any) error {
	return &RowError{row, &diag.Error{Code: code, Stage: diag.StageRun, Message: fmt.Sprintf(format, args...), Permanent: true}}
}

var registry = map[string]*Def{}

// Register makes functions known; call it from init functions.
func Register(defs ...*Def) {
	for _, d := range defs {
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if registry[n] != nil {
				panic("function " + n + " registered twice")
			}
			registry[n] = d
		}
	}
}

// Find returns the function of that name (any case), nil if there is none.
func Find(name string) *Def {
	if d := registry[name]; d != nil {
		return d
	}
	return registry[strings.ToUpper(name)]
}

// All returns every function once, by name.
func All() []*Def {
	var out []*Def
	for n, d := range registry {
		if n == d.Name {
			out = append(out, d)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
