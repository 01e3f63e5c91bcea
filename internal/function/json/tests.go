package json

import (
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	for _, f := range []struct {
		word, doc string
		fits      func(v *value) bool
		yes       string
	}{
		{"VALUE", "JSON", func(*value) bool { return true }, "[1]"},
		{"SCALAR", "a JSON scalar", func(v *value) bool { return v.kind != list && v.kind != object }, "1"},
		{"ARRAY", "a JSON array", func(v *value) bool { return v.kind == list }, "[1]"},
		{"OBJECT", "a JSON object", func(v *value) bool { return v.kind == object }, "{}"},
	} {
		for _, not := range []bool{false, true} {
			name, result := "IS JSON "+f.word, "TRUE"
			doc := "Whether a text is " + f.doc + "."
			if not {
				name, result, doc = "IS NOT JSON "+f.word, "FALSE", "Whether a text is not "+f.doc+"."
			}
			var aliases []string
			if short, ok := strings.CutSuffix(name, " VALUE"); ok {
				aliases = []string{short}
			}
			function.Register(&function.Def{
				Name: name, Aliases: aliases, Costly: true, Family: "json", Syntax: "s " + strings.TrimSuffix(name, " VALUE"), Doc: doc,
				Examples: function.Examples("'"+f.yes+"' "+name, result),
				Resolve: func(args []function.Arg) (function.Signature, error) {
					sig, err := function.Check(name, args, 0, function.Str.Typed())
					sig.Result = types.TBoolean.Required()
					return sig, err
				},
				Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
					o := out.Bools()
					for i := range o {
						ok := false
						if !args[0].IsNull(i) {
							v, err := parse(string(args[0].Bytes(i)))
							ok = err == nil && f.fits(v)
						}
						o[i] = ok != not
					}
					return nil
				}),
			})
		}
	}
	for _, f := range []struct {
		name string
		try  bool
	}{{"PARSE_JSON", false}, {"TRY_PARSE_JSON", true}} {
		text := function.Str
		if f.try {
			text = text.Typed()
		}
		doc := "The VARIANT that a JSON text stands for; repeated keys are an error unless allowed."
		if f.try {
			doc = "As PARSE_JSON, but NULL for text that is no JSON."
		}
		function.Register(&function.Def{
			Name: f.name, Strict: true, Costly: true, Appends: true, Partial: !f.try, Family: "json", Syntax: f.name + "(s[, allow_repeated_keys])", Doc: doc,
			Examples: function.Examples(f.name+`('{"b": 1, "a": [true]}') IS NULL`, "FALSE"),
			Resolve: function.TakesFunc(f.name, func(args []function.Arg) (types.Type, error) {
				return types.Type{Kind: types.Variant, NotNull: args[0].Type.NotNull && !f.try}, nil
			}, 1, text, function.Bool.Typed()),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if function.AnyNull(args, i) {
						out.AppendNull()
						continue
					}
					p := parser{s: string(args[0].Bytes(i)), unique: len(args) < 2 || !args[1].Bools()[rowOf(args[1], i)]}
					v, err := p.parse()
					switch {
					case err == nil:
						v.asVariant()
						out.CloseBytes(v.append(out.OpenBytes(), true))
					case f.try:
						out.AppendNull()
					default:
						return fail(i, f.name, err)
					}
				}
				return nil
			}),
		})
	}
}

func rowOf(v *vector.Vector, i int) int {
	if v.Const {
		return 0
	}
	return i
}
