package math

import (
	"math"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	for _, f := range []struct {
		name, doc string
		f         func(float64) float64
		examples  []function.Example
	}{
		{"SQRT", "The square root.", sqrt, function.Examples("SQRT(16)", "4.0")},
		{"LN", "The natural logarithm.", ln, function.Examples("LN(1)", "0.0")},
		{"LOG10", "The logarithm to base 10.", log10, function.Examples("LOG10(100)", "2.0")},
		{"LOG2", "The logarithm to base 2.", log2, function.Examples("LOG2(1024)", "10.0")},
		{"EXP", "e to the power of x.", math.Exp, function.Examples("EXP(0)", "1.0")},
		{"SIN", "The sine of an angle in radians.", math.Sin, function.Examples("SIN(0)", "0.0")},
		{"COS", "The cosine of an angle in radians.", math.Cos, function.Examples("COS(0)", "1.0")},
		{"TAN", "The tangent of an angle in radians.", math.Tan, function.Examples("TAN(0)", "0.0")},
		{"COT", "The cotangent of an angle in radians.", func(x float64) float64 { return 1 / math.Tan(x) }, function.Examples("ROUND(COT(1), 3)", "0.642")},
		{"SINH", "The hyperbolic sine.", sinh, function.Examples("SINH(0)", "0.0")},
		{"COSH", "The hyperbolic cosine.", cosh, function.Examples("COSH(0)", "1.0")},
		{"TANH", "The hyperbolic tangent.", math.Tanh, function.Examples("TANH(0)", "0.0")},
		{"ASIN", "The arc sine, in radians.", math.Asin, function.Examples("ASIN(0)", "0.0")},
		{"ACOS", "The arc cosine, in radians.", math.Acos, function.Examples("ACOS(1)", "0.0")},
		{"ATAN", "The arc tangent, in radians.", math.Atan, function.Examples("ATAN(0)", "0.0")},
		{"DEGREES", "Radians as degrees.", func(x float64) float64 { return x * (180 / math.Pi) }, function.Examples("DEGREES(PI())", "180.0")},
		{"RADIANS", "Degrees as radians.", func(x float64) float64 { return x * (math.Pi / 180) }, function.Examples("RADIANS(180)", "3.141592653589793")},
	} {
		function.Register(&function.Def{
			Name: f.name, Strict: true, Family: "math", Syntax: f.name + "(x)", Doc: f.doc, Examples: f.examples,
			Resolve: function.Takes(f.name, types.TDouble, 0, function.Double.Typed()),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				o, x := out.Float64s(), args[0].Float64s()
				for i := range o {
					o[i] = f.f(x[i])
				}
				return nil
			}),
		})
	}
	function.Register(
		&function.Def{
			Name: "LOG", Strict: true, Family: "math", Syntax: "LOG(x) or LOG(base, x)",
			Doc:      "The logarithm of x, natural or to a base.",
			Examples: function.Examples("LOG(2, 8)", "3.0", "LOG(1)", "0.0"),
			Resolve:  function.Takes("LOG", types.TDouble, 1, function.Double.Typed(), function.Double.Typed()),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (float64, bool) {
				if len(args) == 1 {
					return ln(kernel.At[float64](args[0], i)), true
				}
				return ln(kernel.At[float64](args[1], i)) / ln(kernel.At[float64](args[0], i)), true
			})),
		},
		&function.Def{
			Name: "POWER", Strict: true, Family: "math", Syntax: "POWER(x, y)", Doc: "x to the power of y.",
			Examples: function.Examples("POWER(2, 3)", "8.0"),
			Resolve:  function.Takes("POWER", types.TDouble, 0, function.Double.Typed(), function.Double.Typed()),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (float64, bool) {
				return power(kernel.At[float64](args[0], i), kernel.At[float64](args[1], i)), true
			})),
		},
		&function.Def{
			Name: "ATAN2", Strict: true, Family: "math", Syntax: "ATAN2(y, x)", Doc: "The angle of the point (x, y), in radians.",
			Examples: function.Examples("ATAN2(0e0, 1e0)", "0.0"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) == 2 && (args[0].Type.Kind == types.Decimal) != (args[1].Type.Kind == types.Decimal) {
					return function.Signature{}, function.Refuse("ATAN2", args, "CAST both to DOUBLE") // as in Flink
				}
				return function.Takes("ATAN2", types.TDouble, 0, function.Double.Typed(), function.Double.Typed())(args)
			},
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (float64, bool) {
				return math.Atan2(kernel.At[float64](args[0], i), kernel.At[float64](args[1], i)), true
			})),
		},
		constant("PI", "π.", math.Pi, function.Examples("PI()", "3.141592653589793")),
		constant("E", "Euler's number.", math.E, function.Examples("E()", "2.718281828459045")),
	)
}

// log2 divides, as Flink does: log2(1024) is exactly 10 either way.
func log2(x float64) float64 { return ln(x) / math.Log(2) }

// smallest is the smallest float64 with all its digits: below it math.Log is off.
const smallest = 0x1p-1022

func ln(x float64) float64 {
	if x > 0 && x < smallest {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

func log10(x float64) float64 {
	if x > 0 && x < smallest {
		return ln(x) / math.Ln10
	}
	return math.Log10(x)
}

// sqrt is x to the power of one half, as in Flink: that of -0 is 0, and that of
// the negative infinity the positive one.
func sqrt(x float64) float64 {
	switch {
	case x == 0:
		return 0
	case math.IsInf(x, -1):
		return math.Inf(1)
	}
	return math.Sqrt(x)
}

// sinh and cosh go on where e^x overflows but half of it does not.
func sinh(x float64) float64 {
	if a := math.Abs(x); a > 709 && a < 711 {
		e := math.Exp(a / 2)
		return math.Copysign(e*0.5*e, x)
	}
	return math.Sinh(x)
}

func cosh(x float64) float64 {
	if math.Abs(x) > 709 {
		return math.Abs(sinh(x))
	}
	return math.Cosh(x)
}

// power follows Java where it differs from C: 1 to the power of NaN or of an
// infinity is NaN.
func power(x, y float64) float64 {
	if math.IsNaN(y) || (x == 1 || x == -1) && math.IsInf(y, 0) {
		return math.NaN()
	}
	if n := int(y); float64(n) == y && n > 1 && n <= 1<<16 {
		if p := powerInt(x, n); !math.IsInf(p, 0) && !math.IsNaN(p) && math.Abs(p) > 1e-290 {
			return p
		}
	}
	return math.Pow(x, y)
}

// powerInt multiplies with a second float64 for what the first one rounds away,
// so that the result is the nearest one, as Java's is nearly always.
func powerInt(x float64, n int) float64 {
	hi, lo := 1.0, 0.0
	base, rest := x, 0.0
	multiply := func(a, b, c, d float64) (float64, float64) {
		p := a * c
		e := math.FMA(a, c, -p) + (a*d + b*c)
		s := p + e
		return s, e - (s - p)
	}
	for ; ; n >>= 1 {
		if n&1 == 1 {
			hi, lo = multiply(hi, lo, base, rest)
		}
		if n <= 1 {
			return hi
		}
		base, rest = multiply(base, rest, base, rest)
	}
}

func constant(name, doc string, value float64, examples []function.Example) *function.Def {
	return &function.Def{
		Name: name, Family: "math", Syntax: name + "()", Doc: doc, Examples: examples,
		Resolve: function.Takes(name, types.TDouble, 0),
		Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range out.Float64s() {
				out.Float64s()[i] = value
			}
			return nil
		}),
	}
}
