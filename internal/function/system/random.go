package system

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// javaRandom is java.util.Random: the same seed gives the same numbers.
type javaRandom struct{ state int64 }

const (
	multiplier = 0x5DEECE66D
	mask48     = 1<<48 - 1
)

func newRandom(seed int64) *javaRandom { return &javaRandom{(seed ^ multiplier) & mask48} }

func (r *javaRandom) next(bits uint) int32 {
	r.state = (r.state*multiplier + 0xB) & mask48
	return int32(r.state >> (48 - bits))
}

// double returns a number in [0, 1).
func (r *javaRandom) double() float64 {
	high := int64(r.next(26)) << 27
	return float64(high+int64(r.next(27))) * 0x1p-53
}

// below returns a number in [0, bound).
func (r *javaRandom) below(bound int32) int32 {
	x := r.next(31)
	if bound&(bound-1) == 0 {
		return int32(int64(bound) * int64(x) >> 31)
	}
	for {
		v := x % bound
		if x-v+(bound-1) >= 0 {
			return v
		}
		x = r.next(31)
	}
}

// generators returns the function that finds the generator of a row: a constant
// seed, or none, has one generator for all rows; a seed that comes from a column
// begins anew with each row. As in Flink.
func generators(hasSeed bool, consts []*vector.Vector) func(args []*vector.Vector, i int) *javaRandom {
	var one *javaRandom
	switch {
	case !hasSeed:
		one = newRandom(time.Now().UnixNano() ^ multiplier<<13)
	case consts[0] == nil:
		return func(args []*vector.Vector, i int) *javaRandom {
			return newRandom(int64(kernel.At[int32](args[0], i)))
		}
	case !consts[0].IsNull(0):
		one = newRandom(int64(kernel.At[int32](consts[0], 0)))
	}
	return func([]*vector.Vector, int) *javaRandom { return one }
}

func init() {
	function.Register(
		&function.Def{
			Name: "RAND", Strict: true, Nondeterministic: true, Family: "math", Syntax: "RAND([seed])", Doc: "A random number from 0 up to 1; rows with the same seed repeat.",
			Examples: function.Examples("RAND(0)", "0.730967787376657"),
			Resolve:  function.Takes("RAND", types.TDouble, 1, function.Int.Typed()),
			Make: func(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
				generator := generators(len(ts) == 1, consts)
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					o := out.Float64s()
					for i := range o {
						if !out.IsNull(i) {
							o[i] = generator(args, i).double()
						}
					}
					return nil
				}, nil
			},
		},
		&function.Def{
			Name: "RAND_INTEGER", Strict: true, Nondeterministic: true, Partial: true, Family: "math", Syntax: "RAND_INTEGER([seed, ]bound)", Doc: "A random INT from 0 up to the bound.",
			Examples: function.Examples("RAND_INTEGER(42, 100)", "30"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				i := function.Int.Typed()
				if len(args) == 1 {
					return function.Takes("RAND_INTEGER", types.TInt, 0, i)(args)
				}
				return function.Takes("RAND_INTEGER", types.TInt, 1, i, i)(args)
			},
			Make: func(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
				generator := generators(len(ts) == 2, consts)
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					o := out.Int32s()
					for i := range o {
						if out.IsNull(i) {
							continue
						}
						bound := kernel.At[int32](args[len(args)-1], i)
						if bound <= 0 {
							return function.Fail(i, "out-of-range", "the bound of RAND_INTEGER is positive, not %d", bound)
						}
						o[i] = generator(args, i).below(bound)
					}
					return nil
				}, nil
			},
		},
		&function.Def{
			Name: "UUID", Nondeterministic: true, Appends: true, Family: "string", Syntax: "UUID()", Doc: "A random UUID of version 4.",
			Examples: function.Examples("CHAR_LENGTH(UUID())", "36"),
			Resolve:  function.Takes("UUID", types.CharOf(36), 0),
			Make: function.Fixed(func(_ []*vector.Vector, out *vector.Vector, n int) error {
				for range n {
					var u [16]byte
					rand.Read(u[:])
					u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
					b := out.OpenBytes()
					for i, part := range [][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
						if i > 0 {
							b = append(b, '-')
						}
						b = hex.AppendEncode(b, part)
					}
					out.CloseBytes(b)
				}
				return nil
			}),
		},
	)
}
