package function

import (
	"fmt"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// Sym returns a keyword argument: EXTRACT's unit, TRIM's side.
func Sym(word string) spec.Expr {
	return spec.Lit(types.Type{Kind: types.Symbol, NotNull: true}, word)
}

// Word returns the text of a keyword argument, "" if a is none.
func Word(a Arg) string {
	if a.Type.Kind == types.Symbol && a.Literal != nil {
		return a.Literal.Text
	}
	return ""
}

// NotNull reports that none of the arguments can be NULL.
func NotNull(args []Arg) bool {
	for _, a := range args {
		if !a.Type.NotNull {
			return false
		}
	}
	return true
}

// TypesOf returns the arguments' types.
func TypesOf(args []Arg) []types.Type {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type
	}
	return ts
}

// Param is one parameter of a signature: which types it takes, and as what it
// wants them.
type Param struct {
	name string
	fits func(t types.Type) bool
	// to is the type the argument is cast to; nil leaves it as it is.
	to func(t types.Type) types.Type
	// bare says that an untyped NULL is refused.
	bare bool
}

func as(t types.Type) func(types.Type) types.Type {
	return func(from types.Type) types.Type { return t.WithNotNull(from.NotNull) }
}

func same(t types.Type) types.Type { return t }

// The parameters that most functions are made of. An untyped NULL becomes the
// parameter's type.
var (
	Str     = Param{name: "a STRING", fits: types.Type.IsString, to: func(t types.Type) types.Type { return orNull(t, types.TString) }}
	Bin     = Param{name: "BYTES", fits: types.Type.IsBinary, to: func(t types.Type) types.Type { return orNull(t, types.TBytes) }}
	Bool    = Param{name: "a BOOLEAN", fits: func(t types.Type) bool { return t.Kind == types.Boolean }, to: as(types.TBoolean)}
	Int     = Param{name: "an INT", fits: func(t types.Type) bool { return t.IsInteger() && t.Kind != types.BigInt }, to: as(types.TInt)}
	BigInt  = Param{name: "a BIGINT", fits: types.Type.IsInteger, to: as(types.TBigInt)}
	Number  = Param{name: "a number", fits: types.Type.IsNumeric, to: func(t types.Type) types.Type { return orNull(t, types.TInt) }}
	Double  = Param{name: "a number", fits: types.Type.IsNumeric, to: as(types.TDouble)}
	Decimal = Param{name: "a DECIMAL", fits: func(t types.Type) bool { return t.IsInteger() || t.Kind == types.Decimal }, to: func(t types.Type) types.Type { d, _ := types.AsDecimal(t); return d }}
	Any     = Param{name: "a value", fits: func(types.Type) bool { return true }, to: same}
)

func orNull(t, otherwise types.Type) types.Type {
	if t.Kind == types.Null {
		return otherwise
	}
	return t
}

// Typed returns p without the untyped NULL.
func (p Param) Typed() Param { p.bare = true; return p }

// As returns p with its arguments cast to t.
func (p Param) As(t types.Type) Param { p.to = as(t); return p }

// Of makes a parameter of the types that fits accepts; they are not cast.
func Of(name string, fits func(types.Type) bool) Param {
	return Param{name: name, fits: fits, to: same}
}

// Accept checks one argument.
func (p Param) Accept(t types.Type) (types.Type, bool) {
	if t.Kind == types.Null {
		if p.bare {
			return t, false
		}
		return p.to(t), true
	}
	if !p.fits(t) {
		return t, false
	}
	return p.to(t), true
}

// Takes makes a Resolve that wants these parameters, the last optional ones of
// which may be left out, and returns result, NULL if an argument may be.
func Takes(name string, result types.Type, optional int, params ...Param) func([]Arg) (Signature, error) {
	return TakesFunc(name, func(args []Arg) (types.Type, error) { return result.WithNotNull(NotNull(args)), nil }, optional, params...)
}

// TakesNull is Takes for a result that may be NULL whatever the arguments.
func TakesNull(name string, result types.Type, optional int, params ...Param) func([]Arg) (Signature, error) {
	return TakesFunc(name, func([]Arg) (types.Type, error) { return result, nil }, optional, params...)
}

// TakesFunc is Takes with a result type that depends on the arguments, whose
// types are those after the casts.
func TakesFunc(name string, result func([]Arg) (types.Type, error), optional int, params ...Param) func([]Arg) (Signature, error) {
	return func(args []Arg) (Signature, error) {
		sig, err := Check(name, args, optional, params...)
		if err != nil {
			return sig, err
		}
		cast := make([]Arg, len(args))
		for i, a := range args {
			cast[i] = Arg{Type: sig.Args[i].WithNotNull(a.Type.NotNull), Literal: a.Literal}
		}
		sig.Result, err = result(cast)
		return sig, err
	}
}

// Check holds arguments against parameters and returns what to cast them to.
func Check(name string, args []Arg, optional int, params ...Param) (Signature, error) {
	var sig Signature
	if len(args) > len(params) || len(args) < len(params)-optional {
		return sig, Count(name, args, len(params)-optional, len(params))
	}
	for i, a := range args {
		t, ok := params[i].Accept(a.Type)
		if !ok {
			return sig, &ArgError{Arg: i, Text: fmt.Sprintf("%s takes %s%s, not %s", name, params[i].name, Ordinal(i, len(args)), a.Type.Nullable())}
		}
		sig.Args = append(sig.Args, t)
	}
	return sig, nil
}

// Accepts reports whether an argument of type t fits.
func (p Param) Accepts(t types.Type) bool {
	_, ok := p.Accept(t)
	return ok
}

// ArgError is an error about one argument, counted from 0; -1 is the number of
// arguments.
type ArgError struct {
	Arg  int
	Text string
}

// Error returns the text.
func (e *ArgError) Error() string { return e.Text }

// Count is the error of a wrong number of arguments; most < 0 is no limit.
func Count(name string, args []Arg, least, most int) error {
	want := fmt.Sprintf("%d to %d arguments", least, most)
	switch {
	case most < 0:
		want = "at least " + arguments(least)
	case least == most:
		want = arguments(least)
	}
	return &ArgError{Arg: -1, Text: fmt.Sprintf("%s takes %s, not %d", name, want, len(args))}
}

func arguments(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// Ordinal names argument i of n for a message, " as argument 2"; nothing if
// there is one only.
func Ordinal(i, n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" as argument %d", i+1)
}

// Refuse is the error of operands that do not go together.
func Refuse(op string, args []Arg, hint string) error {
	var names []string
	for _, a := range args {
		names = append(names, a.Type.Nullable().WithAttr(types.NoAttr).String())
	}
	msg := fmt.Sprintf("%s cannot be applied to %s", op, strings.Join(names, " and "))
	if hint != "" {
		msg += "; " + hint
	}
	return fmt.Errorf("%s", msg)
}
