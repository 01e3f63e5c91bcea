package cast

import (
	"errors"
	"fmt"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "CAST", Strict: true, Partial: true, AppendsBytes: true, Family: "type", Syntax: "CAST(x AS type)",
			Doc:     "The value as another type. A text that is no such value is an error; numbers wrap around or are cut, DECIMALs that overflow are NULL.",
			Resolve: resolve,
			Total:   func(args []types.Type, result types.Type) bool { return !fallible(args[0], result) },
			Make: func(env *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
				return newKernel(env, args[0], result, env.LegacyCast)
			},
			Examples: function.Examples("CAST('12' AS INT)", "12", "CAST(1.999 AS INT)", "1", "CAST(1e20 AS STRING)", "1.0E20", "CAST('abc' AS VARCHAR(2))", "ab"),
		},
		&function.Def{
			Name: "TRY_CAST", Strict: true, AppendsBytes: true, Family: "type", Syntax: "TRY_CAST(x AS type)",
			Doc:     "As CAST, but NULL where CAST fails.",
			Resolve: resolve,
			Make: func(env *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
				return newKernel(env, args[0], result, true)
			},
			Examples: function.Examples("TRY_CAST('abc' AS INT)", "NULL", "TRY_CAST('7' AS INT)", "7"),
		},
	)
}

func resolve([]function.Arg) (function.Signature, error) {
	return function.Signature{}, errors.New("it is written CAST(x AS type)")
}

// caster converts the rows of in. out has the rows and NULLs of in, or is
// empty if its type appends (then NULL rows may get any value).
type caster func(out, in *vector.Vector) error

// casting is what casters are made from.
type casting struct {
	zone   *types.Zone
	try    bool
	legacy bool // no padding
}

func newKernel(env *function.Env, from, to types.Type, try bool) (function.Kernel, error) {
	c := casting{zone: env.LocalZone(), try: try, legacy: env.LegacyCast}
	var (
		convert caster
		err     error
	)
	if try && nested(to) && fallible(from, to) {
		convert, err = c.rowByRow(from, to)
	} else {
		convert, err = c.make(from, to)
	}
	if err != nil {
		return nil, err
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error { return convert(out, args[0]) }, nil
}

// Convert returns how vectors of one type become vectors of another, for those
// who have no expression at hand.
func Convert(env *function.Env, from, to types.Type, try bool) (function.Kernel, error) {
	return newKernel(env, from, to, try)
}

func nested(t types.Type) bool {
	p := t.Phys()
	return p == types.PhysList || p == types.PhysStruct
}

func appends(t types.Type) bool { return nested(t) || t.Phys() == types.PhysBytes }

// fallible reports whether the cast can fail on a value.
func fallible(from, to types.Type) bool {
	switch {
	case from.Kind == types.Null:
		return false
	case from.IsString():
		return !to.IsString() && !to.IsBinary()
	case to.IsString() || to.IsBinary():
		return false
	case from.IsApprox() && to.Kind == types.Decimal:
		return true // NaN and infinities
	case from.IsNumeric() && !to.IsNumeric() && to.Kind != types.Boolean && !to.IsInterval():
		return true
	}
	fc, tc := from.Children(), to.Children()
	if len(fc) != len(tc) {
		return true
	}
	for i := range fc {
		if fallible(fc[i], tc[i]) {
			return true
		}
	}
	return false
}

// make returns the caster of a pair of types.
func (c casting) make(from, to types.Type) (caster, error) {
	switch {
	case from.Kind == types.Null:
		return func(out, in *vector.Vector) error {
			for range in.Len() - out.Len() {
				out.AppendNull()
			}
			return nil
		}, nil
	case to.IsString():
		return c.toString(from, to)
	case to.IsBinary():
		return c.toBinary(from, to)
	case from.IsString():
		return c.fromString(from, to)
	case from.Kind == types.Boolean && to.IsNumeric():
		return fromBool(to), nil
	case from.IsNumeric() && to.Kind == types.Boolean:
		return toBool(from), nil
	case from.IsNumeric() && to.IsNumeric():
		return c.number(from, to), nil
	case from.IsInteger() && to.IsInterval():
		return toInterval(from, to, c.try), nil
	case from.IsInterval() && to.IsInteger():
		return exactly(kernel.NumberConversion(from.Phys(), to.Phys())), nil
	case temporal(from) && temporal(to):
		if t := c.temporal(from, to); t != nil {
			return t, nil
		}
	case nested(from) && nested(to):
		return c.nested(from, to)
	case from.Kind == to.Kind && from.Phys() == to.Phys():
		return copyRows, nil
	case from.IsNumeric() && temporal(to):
		// CASE lets numbers stand beside times, but no row may take one.
		return func(out, in *vector.Vector) error {
			row := kernel.FirstValid(out.Validity(), out.Len())
			if row < 0 {
				return nil
			}
			return function.Fail(row, "cast", "a number is not %s %s", article(to), to.Nullable())
		}, nil
	}
	return nil, unsupported(from, to)
}

func unsupported(from, to types.Type) error {
	return &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: fmt.Sprintf("%s cannot be cast to %s", from.Nullable(), to.Nullable())}
}

func exactly(k kernel.Conversion) caster {
	return func(out, in *vector.Vector) error {
		k(out, in)
		return nil
	}
}

func copyRows(out, in *vector.Vector) error {
	if appends(out.Type()) {
		out.AppendVector(in, 0, in.Len())
		return nil
	}
	switch out.Phys().Width() {
	case 1:
		if out.Phys() == types.PhysBool {
			copy(out.Bools(), in.Bools())
		} else {
			copy(out.Int8s(), in.Int8s())
		}
	case 2:
		copy(out.Int16s(), in.Int16s())
	case 4:
		if out.Phys() == types.PhysFloat32 {
			copy(out.Float32s(), in.Float32s())
		} else {
			copy(out.Int32s(), in.Int32s())
		}
	case 8:
		if out.Phys() == types.PhysFloat64 {
			copy(out.Float64s(), in.Float64s())
		} else {
			copy(out.Int64s(), in.Int64s())
		}
	case 16:
		if out.Phys() == types.PhysWide {
			copy(out.Wides(), in.Wides())
		} else {
			copy(out.Timestamps(), in.Timestamps())
		}
	}
	return nil
}

func fromBool(to types.Type) caster {
	return func(out, in *vector.Vector) error {
		for i, b := range in.Bools() {
			var x int64
			if b {
				x = 1
			}
			switch to.Phys() {
			case types.PhysFloat32:
				out.Float32s()[i] = float32(x)
			case types.PhysFloat64:
				out.Float64s()[i] = float64(x)
			default:
				if to.Kind == types.Decimal {
					v, ok := types.DecimalFromInt64(x, to.Precision, to.Scale)
					kernel.SetDecimal(out, i, v, ok)
				} else {
					kernel.SetInteger(out, i, x)
				}
			}
		}
		return nil
	}
}

func toBool(from types.Type) caster {
	read := kernel.Doubles(from)
	return func(out, in *vector.Vector) error {
		o := out.Bools()
		for i := range o {
			o[i] = read(in, i) != 0
		}
		return nil
	}
}

func (c casting) number(from, to types.Type) caster {
	switch {
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return exactly(kernel.RescaleDecimals(from, to))
	case from.Kind == types.Decimal && to.IsInteger():
		return exactly(kernel.DecimalsToIntegers(from, to))
	case from.Kind == types.Decimal:
		return exactly(kernel.DecimalsToFloats(from, to))
	case to.Kind == types.Decimal && from.IsInteger():
		return exactly(kernel.DecimalsFromIntegers(from, to))
	case to.Kind == types.Decimal:
		convert, read := kernel.DecimalsFromFloats(from, to), kernel.Doubles(from)
		return func(out, in *vector.Vector) error {
			if !c.try {
				for i := range out.Len() {
					if f := read(in, i); f-f != 0 && !out.IsNull(i) {
						return function.Fail(i, "cast", "%v is not %s %s", f, article(to), to.Nullable())
					}
				}
			}
			convert(out, in)
			return nil
		}
	}
	return exactly(kernel.NumberConversion(from.Phys(), to.Phys()))
}

// unitMillis are what one of an interval's leading unit counts.
var unitMillis = map[types.IntervalUnit]int64{
	types.UnitYear: 12, types.UnitYearToMonth: 1, types.UnitMonth: 1,
	types.UnitDay: types.MillisPerDay, types.UnitHour: 3_600_000, types.UnitMinute: 60_000, types.UnitSecond: 1000,
}

// toInterval reads integers as counts of the interval's unit; TRY_CAST, as in
// Flink, as milliseconds or months.
func toInterval(from, to types.Type, try bool) caster {
	read, factor := kernel.Integers(from.Phys()), unitMillis[to.Unit]
	if factor == 0 || try || from.Kind == types.BigInt {
		factor = 1
	}
	return func(out, in *vector.Vector) error {
		for i := range out.Len() {
			kernel.SetInteger(out, i, read(in, i)*factor)
		}
		return nil
	}
}
