package agg

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// call is one aggregate function at its place in a record. An all-zero record
// is an empty aggregate.
type call interface {
	// update folds rows into their records. If out is not nil it receives two
	// values for each row k: before it at 2k, after it at 2k+1.
	update(in *Rows, out *vector.Vector) error
	// merge folds the aggregates of records of one table into those of another.
	merge(m *merger) error
	// results appends the values of records.
	results(t *state.WindowTable, addrs []uint32, recs []unsafe.Pointer, out *vector.Vector) error
}

// merger is a batch of pairs of records.
type merger struct {
	to, from           *state.WindowTable
	toAddrs, fromAddrs []uint32
	toRecs, fromRecs   []unsafe.Pointer
}

// Set is the aggregates of one GROUP BY.
type Set struct {
	calls    []*filtered
	types    []types.Type
	retracts bool
	expires  bool
	// moves: each row changes some aggregate for sure.
	moves  bool
	width  int
	blobs  []int
	multis []state.MultiDesc
	shape  string
	cols   []types.Type
}

// filtered is a call with its FILTER column.
type filtered struct {
	call
	filter int // -1 = none
	sign   []int8
}

// NewSet compiles aggregates over an input with the given columns. retracts
// says that rows may be taken away again, expires that records carry the time
// they were last touched.
func NewSet(calls []spec.AggCall, input []types.Type, retracts, expires bool) (*Set, error) {
	s := &Set{cols: input, retracts: retracts, expires: expires}
	var shape []string
	if retracts {
		s.claim(8)
		shape = append(shape, "rows")
	}
	if expires {
		s.claim(8)
		shape = append(shape, "touched")
	}
	for _, c := range calls {
		f := &filtered{filter: -1}
		if c.Filter != nil {
			f.filter = *c.Filter
		}
		var err error
		if f.call, err = s.compile(c); err != nil {
			return nil, err
		}
		if c.Func == "COUNT" && len(c.Args) == 0 && c.Filter == nil {
			s.moves = true
		}
		s.calls = append(s.calls, f)
		s.types = append(s.types, c.Type)
		shape = append(shape, describe(c, input))
	}
	s.shape = state.Fingerprint("agg " + strings.Join(shape, ";"))
	return s, nil
}

// describe is a call's part of the state's fingerprint.
func describe(c spec.AggCall, input []types.Type) string {
	var b strings.Builder
	b.WriteString(c.Func)
	if c.Distinct {
		b.WriteString(" distinct")
	}
	for _, a := range c.Args {
		b.WriteByte(' ')
		b.WriteString(state.Shape(input[a]))
	}
	return b.String()
}

// claim reserves n bytes of the record and returns their offset.
func (s *Set) claim(n int) int {
	off := s.width
	s.width += (n + 7) &^ 7
	return off
}

// list reserves a list of values and returns its number among the Multis.
func (s *Set) list(d state.MultiDesc) int {
	d.List = s.claim(state.ListBytes)
	d.Name = fmt.Sprintf("values-%d", len(s.multis))
	s.multis = append(s.multis, d)
	return len(s.multis) - 1
}

// Claim reserves n bytes of the records for the caller and returns their offset.
func (s *Set) Claim(n int) int { return s.claim(n) }

// List reserves a list for the caller and returns its place among the Multis.
func (s *Set) List(d state.MultiDesc) int { return s.list(d) }

// Desc returns the table that holds the set's records by the given keys.
func (s *Set) Desc(name string, keys []types.Type) (state.TableDesc, []state.MultiDesc) {
	return state.TableDesc{Name: name, Key: keys, Value: s.shape, Width: s.width, Blobs: s.blobs}, s.multis
}

// Len returns the number of aggregates.
func (s *Set) Len() int { return len(s.calls) }

// Types returns the result types.
func (s *Set) Types() []types.Type { return s.types }

// rows returns the count of rows of a record of a retracting set.
func (s *Set) rows(rec unsafe.Pointer) *int64 { return (*int64)(rec) }

// Empty reports that a record has no rows left; it can be true only if the
// input retracts.
func (s *Set) Empty(rec unsafe.Pointer) bool { return s.retracts && *s.rows(rec) == 0 }

// Count folds the rows' signs into the records' row counts. Update does not:
// GroupAgg looks at the counts first.
func (s *Set) Count(in *Rows) {
	if !s.retracts {
		return
	}
	for k, rec := range in.Recs {
		*s.rows(rec) += int64(in.sign(k))
	}
}

// Update folds rows into their records. outs, if not nil, receives for each
// aggregate two values a row: before and after it.
func (s *Set) Update(in *Rows, outs []*vector.Vector) error {
	for i, c := range s.calls {
		var out *vector.Vector
		if outs != nil {
			out = outs[i]
			out.Reset()
		}
		if err := c.apply(in, out); err != nil {
			return err
		}
	}
	return nil
}

// apply is update with the rows that the filter leaves.
func (f *filtered) apply(in *Rows, out *vector.Vector) error {
	if f.filter < 0 {
		return f.update(in, out)
	}
	v := in.Cols[f.filter]
	pass, bits := v.Bools(), v.Validity()
	f.sign = f.sign[:0]
	for k, i := range in.Sel {
		s := in.sign(k)
		if !pass[i] || !valid(bits, i) {
			s = 0
		}
		f.sign = append(f.sign, s)
	}
	saved := in.Sign
	in.Sign = f.sign
	err := f.update(in, out)
	in.Sign = saved
	return err
}

// Results appends the aggregates of records to outs.
func (s *Set) Results(t *state.WindowTable, addrs []uint32, recs []unsafe.Pointer, outs []*vector.Vector) error {
	for i, c := range s.calls {
		if err := c.results(t, addrs, recs, outs[i]); err != nil {
			return err
		}
	}
	return nil
}

// Merge folds every record of from into the records of the same keys of to.
func (s *Set) Merge(to, from *state.WindowTable, m *Scratch) error {
	var cur state.Cursor
	for {
		n := from.Next(&cur, m.from[:])
		if n == 0 {
			return nil
		}
		for i, a := range m.from[:n] {
			to, err := to.GetKey(from.Key(a), from.Hash(a))
			if err != nil {
				return err
			}
			m.to[i] = to
		}
		from.Records(m.from[:n], m.fromRecs[:n])
		to.Records(m.to[:n], m.toRecs[:n])
		if s.retracts {
			for i := range n {
				*s.rows(m.toRecs[i]) += *s.rows(m.fromRecs[i])
			}
		}
		g := merger{to, from, m.to[:n], m.from[:n], m.toRecs[:n], m.fromRecs[:n]}
		for _, c := range s.calls {
			if err := c.merge(&g); err != nil {
				return err
			}
		}
	}
}

// MergeRecord folds one record of a table into another one of it.
func (s *Set) MergeRecord(t *state.WindowTable, to, from uint32) error {
	if s.retracts {
		*s.rows(t.Record(to)) += *s.rows(t.Record(from))
	}
	for _, c := range s.calls {
		// Merging a call may move the records.
		g := merger{t, t, []uint32{to}, []uint32{from}, []unsafe.Pointer{t.Record(to)}, []unsafe.Pointer{t.Record(from)}}
		if err := c.merge(&g); err != nil {
			return err
		}
	}
	return nil
}

// Scratch is memory for Merge, used again and again.
type Scratch struct {
	to, from         [vector.DefaultSize]uint32
	toRecs, fromRecs [vector.DefaultSize]unsafe.Pointer
}

func (s *Set) compile(c spec.AggCall) (call, error) {
	arg := types.Type{}
	if len(c.Args) > 0 {
		arg = s.cols[c.Args[0]]
	}
	if c.Distinct && c.Func != "MIN" && c.Func != "MAX" {
		return s.distinct(c)
	}
	switch c.Func {
	case "COUNT":
		return s.count(c), nil
	case "SUM", "$SUM0", "SUM0", "AVG":
		if t := newSum(s, c, arg); t != nil {
			return t, nil
		}
	case "MIN", "MAX":
		if t := newExtreme(s, c, arg); t != nil {
			return t, nil
		}
	case "APPROX_COUNT_DISTINCT": // exact, which is as near as it gets
		c.Func = "COUNT"
		return s.distinct(c)
	case "STDDEV_POP", "STDDEV_SAMP", "STDDEV", "VAR_POP", "VAR_SAMP", "VARIANCE":
		if arg.IsNumeric() {
			return newMoments(s, c, arg), nil
		}
	case "FIRST_VALUE", "LAST_VALUE", "SINGLE_VALUE", "LISTAGG", "ARRAY_AGG", "COLLECT", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "PERCENTILE":
		return newCollection(s, c)
	}
	var over []string
	for _, a := range c.Args {
		over = append(over, s.cols[a].String())
	}
	return nil, &diag.Error{
		Code: "not-supported", Stage: diag.StagePlan,
		Message: fmt.Sprintf("the aggregate %s(%s) is not supported yet", c.Func, strings.Join(over, ", ")),
		Help:    "supported are COUNT, SUM, AVG, MIN, MAX, STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP, FIRST_VALUE, LAST_VALUE, LISTAGG, COLLECT, ARRAY_AGG, JSON_OBJECTAGG, JSON_ARRAYAGG, PERCENTILE",
	}
}
