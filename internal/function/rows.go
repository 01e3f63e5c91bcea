package function

import (
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Maker is the type of Def.Make.
type Maker = func(env *Env, args []types.Type, consts []*vector.Vector, result types.Type) (Kernel, error)

// Fixed makes a Maker of a kernel that needs nothing of its surroundings.
func Fixed(k Kernel) Maker {
	return func(*Env, []types.Type, []*vector.Vector, types.Type) (Kernel, error) { return k, nil }
}

// Each makes a kernel of a function of one row, for what costs more than a
// call. It is not asked about NULL rows of a strict function; ok false is NULL.
func Each[T vector.Fixed](f func(args []*vector.Vector, i int) (x T, ok bool)) Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := vector.Slice[T](out)
		nulls := out.HasNulls()
		for i := range o {
			if nulls && out.IsNull(i) {
				continue
			}
			x, ok := f(args, i)
			if o[i] = x; !ok {
				out.SetNull(i)
			}
		}
		return nil
	}
}

// EachText makes a kernel (that Appends) of a function that appends the text of
// one row to dst. It is not asked about rows with a NULL argument; ok false is
// NULL.
func EachText(f func(dst []byte, args []*vector.Vector, i int) (text []byte, ok bool)) Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		b := out.OpenBytes()
		out.Resize(n)
		refs, nulls := out.Refs(), hasNulls(args)
		for i := range refs {
			from, ok := len(b), false
			if !nulls || !AnyNull(args, i) {
				b, ok = f(b, args, i)
			}
			if !ok {
				b = b[:from]
				out.SetNull(i)
			}
			refs[i] = vector.Ref{Off: uint32(from), Len: uint32(len(b) - from)}
		}
		out.KeepBytes(b)
		return nil
	}
}

// TryText is EachText for a function that may fail, which ends the kernel.
func TryText(f func(dst []byte, args []*vector.Vector, i int) (text []byte, ok bool, err error)) Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		var failed error
		b := out.OpenBytes()
		out.Resize(n)
		refs, nulls := out.Refs(), hasNulls(args)
		for i := range refs {
			from, ok := len(b), false
			if failed == nil && (!nulls || !AnyNull(args, i)) {
				b, ok, failed = f(b, args, i)
			}
			if !ok {
				b = b[:from]
				out.SetNull(i)
			}
			refs[i] = vector.Ref{Off: uint32(from), Len: uint32(len(b) - from)}
		}
		out.KeepBytes(b)
		return failed
	}
}

func hasNulls(args []*vector.Vector) bool {
	for _, a := range args {
		if a.HasNulls() {
			return true
		}
	}
	return false
}

// EachSlice makes a kernel of a function that returns a part of its first
// argument, [from, to); no byte is copied. Like EachText's it is not asked
// about NULL rows. The kernel writes, it does not append.
func EachSlice(f func(s []byte, args []*vector.Vector, i int) (from, to int, ok bool)) Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		in := args[0]
		places, refs := in.Refs(), out.Refs()
		base, nulls := in.Base(), out.HasNulls()
		for i := range refs {
			r := places[0]
			if !in.Const {
				r = places[i]
			}
			if nulls && out.IsNull(i) {
				refs[i] = vector.Ref{}
				continue
			}
			from, to, ok := f(base[r.Off:r.Off+r.Len], args, i)
			refs[i] = vector.Ref{Off: r.Off + uint32(from), Len: uint32(to - from)}
			if !ok {
				out.SetNull(i)
			}
		}
		out.SetBase(base, in.Stable)
		return nil
	}
}

// AnyNull reports whether one of the arguments is NULL at row i.
func AnyNull(args []*vector.Vector, i int) bool {
	for _, a := range args {
		if a.IsNull(i) {
			return true
		}
	}
	return false
}
