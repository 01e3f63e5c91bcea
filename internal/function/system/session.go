package system

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "TYPEOF", Appends: true, Family: "type", Syntax: "TYPEOF(x[, long])", Doc: "The type of an expression; long: without abbreviations.",
			Examples: function.Examples("TYPEOF(1 + 1.5)", "DECIMAL(12, 1) NOT NULL"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) < 1 || len(args) > 2 {
					return function.Signature{}, function.Count("TYPEOF", args, 1, 2)
				}
				if len(args) == 2 {
					if _, ok := function.Bool.Typed().Accept(args[1].Type); !ok || args[1].Literal == nil {
						return function.Signature{}, function.Refuse("TYPEOF", args[1:], "it takes TRUE or FALSE as argument 2")
					}
				}
				return function.Signature{Args: function.TypesOf(args), Result: types.TString}, nil
			},
			Make: func(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
				text := ts[0].String()
				if len(ts) == 2 && consts[1] != nil && !consts[1].IsNull(0) && consts[1].Bools()[0] {
					text = long(ts[0])
				}
				return func(_ []*vector.Vector, out *vector.Vector, n int) error {
					for range n {
						out.AppendString(text)
					}
					return nil
				}, nil
			},
		},
		&function.Def{
			Name: "CURRENT_DATABASE", Dynamic: true, Appends: true, Family: "system", Syntax: "CURRENT_DATABASE()", Doc: "The session's database.",
			Examples: function.Examples("CURRENT_DATABASE() IS NULL", "FALSE"),
			Resolve:  function.Takes("CURRENT_DATABASE", types.TString, 0),
			Make: func(env *function.Env, _ []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				return func(_ []*vector.Vector, out *vector.Vector, n int) error {
					for range n {
						out.AppendString(env.Database)
					}
					return nil
				}, nil
			},
		},
		test("IS_ALPHA", "Whether the string has letters only.", unicode.IsLetter, function.Examples("IS_ALPHA('abc')", "TRUE")),
		test("IS_DIGIT", "Whether the string has digits only.", unicode.IsDigit, function.Examples("IS_DIGIT('12')", "TRUE")),
		&function.Def{
			Name: "IS_DECIMAL", Family: "string", Syntax: "IS_DECIMAL(s)", Doc: "Whether the string reads as a number.",
			Examples: function.Examples("IS_DECIMAL('1.5')", "TRUE"), Resolve: resolveTest("IS_DECIMAL"),
			Make: func(_ *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					o := out.Bools()
					for i := range o {
						switch {
						case args[0].IsNull(i):
							o[i] = false
						case ts[0].IsString():
							_, err := types.ParseDouble(asciiDigits(args[0].Bytes(i)))
							o[i] = err == nil
						default:
							o[i] = ts[0].IsInteger()
						}
					}
					return nil
				}, nil
			},
		},
	)
}

// asciiDigits writes the digits of other scripts as 0 to 9, as Java reads them.
func asciiDigits(s []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < utf8.RuneSelf || !unicode.IsDigit(r) {
			return r
		}
		zero := r
		for unicode.IsDigit(zero-1) && r-zero < 9 { // the ten digits of a script lie together
			zero--
		}
		return '0' + (r-zero)%10
	}, s)
}

// long writes a type without STRING, BYTES and TIMESTAMP_LTZ.
func long(t types.Type) string {
	s := strings.ReplaceAll(t.String(), "STRING", "VARCHAR(2147483647)")
	s = strings.ReplaceAll(s, "BYTES", "VARBINARY(2147483647)")
	for {
		before, rest, ok := strings.Cut(s, "TIMESTAMP_LTZ(")
		if !ok {
			return s
		}
		precision, after, _ := strings.Cut(rest, ")")
		s = before + "TIMESTAMP(" + precision + ") WITH LOCAL TIME ZONE" + after
	}
}

func resolveTest(name string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		sig, err := function.Check(name, args, 0, function.Of("a STRING", func(t types.Type) bool { return t.IsString() || t.IsNumeric() }).Typed())
		sig.Result = types.TBoolean.Required()
		return sig, err
	}
}

func test(name, doc string, is func(rune) bool, examples []function.Example) *function.Def {
	return &function.Def{
		Name: name, Family: "string", Syntax: name + "(s)", Doc: doc, Examples: examples, Resolve: resolveTest(name),
		Make: func(_ *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
			return func(args []*vector.Vector, out *vector.Vector, n int) error {
				o := out.Bools()
				for i := range o {
					o[i] = false
					if args[0].IsNull(i) {
						continue
					}
					if !ts[0].IsString() {
						o[i] = name == "IS_DIGIT" && ts[0].IsInteger()
						continue
					}
					s := args[0].Bytes(i)
					o[i] = len(s) > 0
					for _, r := range string(s) {
						o[i] = o[i] && is(r)
					}
				}
				return nil
			}, nil
		},
	}
}
