package over

import (
	"fmt"
	"strconv"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// folder folds rows into the calls of partitions, step by step.
type folder struct {
	calls []spec.AggCall
	input []types.Type
	codec *rowkey.Codec // of input rows
	set   *agg.Set
	place []int // call -> its aggregate in set, -1 = a lag
	lags  []*lag
	past  int // place among the Multis of the rows that lags look back at, -1 = none
	back  int // how many of them are kept

	table  *state.WindowTable
	stored *state.Multi // the rows that steps refer to
	reads  []int        // columns that aggregates read
	cols   []*vector.Vector
	outs   []*vector.Vector
	look   []*vector.Vector // by call: the values of lags at each result

	addrs []uint32
	rows  []uint32 // entries of stored
	ptrs  []unsafe.Pointer
	recs  []unsafe.Pointer
	sign  []int8
	fresh []bool // set where partitions follow each other in one record
	sel   []int32
	steps []int32 // of each result, its last step
	pick  []int32
	one   [1]unsafe.Pointer
}

// lag is LAG(value, offset, default) over the rows folded so far.
type lag struct {
	offset  int
	arg     int
	instead int // column of the default, -1 = NULL
}

// newFolder compiles calls over rows of a stream. retracts says that rows leave
// frames.
func newFolder(calls []spec.AggCall, input []types.Type, retracts, expires bool) (*folder, error) {
	f := &folder{calls: calls, input: input, codec: rowkey.New(input), past: -1}
	var aggs []spec.AggCall
	read := map[int]bool{}
	for _, c := range calls {
		f.lags = append(f.lags, nil)
		switch c.Func {
		case "ROW_NUMBER", "RANK", "DENSE_RANK":
			// Of a stream Flink counts the rows of the frame for all three, those
			// of the same time included.
			c = spec.AggCall{Func: "COUNT", Type: c.Type}
		case "LAG":
			l, err := newLag(c)
			if err != nil {
				return nil, err
			}
			if l.offset < 0 {
				return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "LAG with a negative offset does not run over a stream"}
			}
			f.lags[len(f.lags)-1] = l
			f.back = max(f.back, l.offset+1)
			f.place = append(f.place, -1)
			continue
		case "LEAD", "NTILE", "PERCENT_RANK", "CUME_DIST", "NTH_VALUE":
			return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: c.Func + " does not run over a stream"}
		}
		f.place = append(f.place, len(aggs))
		aggs = append(aggs, c)
		for _, a := range c.Args {
			read[a] = true
		}
		if c.Filter != nil {
			read[*c.Filter] = true
		}
	}
	var err error
	if f.set, err = agg.NewSet(aggs, input, retracts, expires); err != nil {
		return nil, err
	}
	f.cols = make([]*vector.Vector, len(input))
	for i, t := range input {
		if read[i] {
			f.reads = append(f.reads, i)
			f.cols[i] = vector.New(t, 0)
		}
	}
	for _, c := range aggs {
		f.outs = append(f.outs, vector.New(c.Type, 0))
	}
	for i, c := range calls {
		f.look = append(f.look, nil)
		if f.lags[i] != nil {
			f.look[i] = vector.New(c.Type, 0)
		}
	}
	if f.back > 0 {
		f.past = f.set.List(state.MultiDesc{Value: state.Fingerprint("past rows", input...)})
	}
	return f, nil
}

func newLag(c spec.AggCall) (*lag, error) {
	l := &lag{offset: 1, arg: c.Args[0], instead: -1}
	if o, ok := c.Options["offset"]; ok {
		n, err := strconv.Atoi(o)
		if err != nil {
			return nil, fmt.Errorf("the offset of %s is %q", c.Func, o)
		}
		l.offset = n
	}
	if len(c.Args) > 1 {
		l.instead = c.Args[1]
	}
	return l, nil
}

// step lets a stored row enter (+1) or leave (-1) the frame of a partition; it
// has to stay stored until run.
func (f *folder) step(addr, row uint32, sign int8) {
	f.addrs, f.rows, f.sign = append(f.addrs, addr), append(f.rows, row), append(f.sign, sign)
}

// enter is step for a row that lags look back at.
func (f *folder) enter(addr, row uint32) error {
	f.step(addr, row, 1)
	if f.past < 0 {
		return nil
	}
	m := f.table.Multis[f.past]
	if _, err := m.Add(addr, f.stored.Value(row), 0); err != nil {
		return err
	}
	for m.Entries(addr) > f.back {
		m.Remove(m.Head(addr))
	}
	return nil
}

// result makes the state behind the last step the next row's result.
func (f *folder) result(addr uint32) {
	f.steps = append(f.steps, int32(len(f.rows)-1))
	for i, l := range f.lags {
		if l != nil {
			f.lookBack(f.table.Multis[f.past], addr, l, f.look[i])
		}
	}
}

func (f *folder) lookBack(m *state.Multi, addr uint32, l *lag, out *vector.Vector) {
	e := m.Tail(addr)
	current := e
	for range l.offset {
		if e == 0 {
			break
		}
		e = m.Before(e)
	}
	column := l.arg
	if e == 0 {
		if l.instead < 0 {
			out.AppendNull()
			return
		}
		e, column = current, l.instead
	}
	f.one[0] = m.Pointer(e)
	f.codec.AppendColumn(out, column, f.one[:])
}

// run computes the results of all steps.
func (f *folder) run() error {
	n := len(f.rows)
	if n == 0 {
		return nil
	}
	f.ptrs = f.ptrs[:0]
	for _, e := range f.rows {
		f.ptrs = append(f.ptrs, f.stored.Pointer(e))
	}
	for _, c := range f.reads {
		f.cols[c].Reset()
		f.codec.AppendColumn(f.cols[c], c, f.ptrs)
	}
	f.recs = grow(f.recs, n)
	f.table.Records(f.addrs, f.recs)
	for i := len(f.sel); i < n; i++ {
		f.sel = append(f.sel, int32(i))
	}
	in := agg.Rows{Cols: f.cols, Sel: f.sel[:n], Addrs: f.addrs, Recs: f.recs, Table: f.table, Sign: f.sign}
	if len(f.fresh) > 0 {
		in.Fresh = f.fresh
	}
	f.set.Count(&in)
	return f.set.Update(&in, f.outs)
}

// write gathers the results [from, to) behind the input's columns.
func (f *folder) write(cols []*vector.Vector, from, to int) {
	f.pick = f.pick[:0]
	for _, s := range f.steps[from:to] {
		f.pick = append(f.pick, 2*s+1)
	}
	for i, p := range f.place {
		if p < 0 {
			cols[i].AppendVector(f.look[i], from, to)
			continue
		}
		cols[i].Gather(f.outs[p], f.pick)
	}
}

// reset forgets steps and results.
func (f *folder) reset() {
	f.addrs, f.rows, f.sign, f.fresh, f.steps = f.addrs[:0], f.rows[:0], f.sign[:0], f.fresh[:0], f.steps[:0]
	for _, v := range f.look {
		if v != nil {
			v.Reset()
		}
	}
}

// grow returns a slice of length n, with unspecified elements.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

func outputTypes(input []types.Type, calls []spec.AggCall) []types.Type {
	ts := append([]types.Type(nil), input...)
	for _, c := range calls {
		ts = append(ts, c.Type)
	}
	return ts
}
