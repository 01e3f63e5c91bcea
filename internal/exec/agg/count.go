package agg

import (
	"unsafe"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/vector"
)

// count is COUNT(*) and COUNT(x, …): an int64.
type count struct {
	args []int
	off  int
}

func (s *Set) count(c spec.AggCall) call {
	x := &count{off: s.claim(8)}
	for _, a := range c.Args {
		if !s.cols[a].NotNull {
			x.args = append(x.args, a)
		}
	}
	return x
}

func (c *count) update(in *Rows, out *vector.Vector) error {
	var null []uint64 // validity of the only argument that matters, if one
	args := c.args[:0:0]
	for _, a := range c.args {
		if in.Cols[a].HasNulls() {
			args = append(args, a)
		}
	}
	if len(args) == 1 {
		null = in.Cols[args[0]].Validity()
	}
	var o []int64
	if out != nil {
		out.Resize(2 * len(in.Sel))
		o = out.Int64s()
	}
	for k, i := range in.Sel {
		p := at[int64](in.Recs[k], c.off)
		if in.Fresh != nil && in.Fresh[k] {
			*p = 0
		}
		before := *p
		add := int64(1)
		if in.Sign != nil {
			add = int64(in.Sign[k])
		}
		if null != nil && !valid(null, i) || len(args) > 1 && anyNull(in.Cols, args, i) {
			add = 0
		}
		*p = before + add
		if o != nil {
			o[2*k], o[2*k+1] = before, before+add
		}
	}
	return nil
}

func anyNull(cols []*vector.Vector, args []int, i int32) bool {
	for _, a := range args {
		if cols[a].IsNull(int(i)) {
			return true
		}
	}
	return false
}

func (c *count) merge(m *merger) error {
	for i, p := range m.toRecs {
		*at[int64](p, c.off) += *at[int64](m.fromRecs[i], c.off)
	}
	return nil
}

func (c *count) results(_ *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	for _, p := range recs {
		vector.Append(out, *at[int64](p, c.off))
	}
	return nil
}
