package join

import (
	"unsafe"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// finisher joins the rows that two sides have in a table, once and for all: a
// window when it fires, or the whole of a batch mode join at the end.
type finisher struct {
	typ       spec.JoinType
	sides     *[2]*side
	cond      *condition
	w         *writer
	batchSize int
	nulls     []int // key columns whose NULL matches nothing, though it is stored

	table  *state.Table
	on     bool
	phase  int // 0: left rows with their matches; 1: right rows without
	cursor state.Cursor
	keys   []uint32 // keys being walked
	key    int
	entry  uint32
	begun  bool

	batch *vector.Batch // left rows, decoded
	addrs []uint32      // the keys of a walk's rows
	ptrs  []unsafe.Pointer
	row   int
	pairs []pair
}

// start begins with a table whose lists the sides know.
func (f *finisher) start(t *state.Table) {
	f.table, f.on, f.phase = t, true, 0
	f.rewind()
	if f.batch == nil {
		f.batch = vector.NewBatch(f.sides[0].types, 0)
	}
	f.batch.Reset()
	f.row = 0
	f.w.reset()
}

func (f *finisher) rewind() {
	f.cursor, f.keys, f.key, f.begun = state.Cursor{}, f.keys[:0], 0, false
}

// next puts out the next rows; nil when all are out, and on is false then.
func (f *finisher) next() (*vector.Batch, error) {
	for f.on {
		if out := f.w.next(0, f.batch); out != nil {
			return out, nil
		}
		f.w.reset()
		switch {
		case f.row < f.batch.Len():
			if err := f.match(); err != nil {
				return nil, err
			}
		case f.phase == 0 && f.fillLeft():
		case f.phase == 0:
			f.phase = 1
			f.rewind()
		case (f.typ == spec.RightJoin || f.typ == spec.FullJoin) && f.fillRight():
		default:
			f.on = false
		}
	}
	return nil, nil
}

// fillLeft decodes the next left rows.
func (f *finisher) fillLeft() bool {
	left := f.sides[0]
	ptrs := f.collect(left, func(uint32) bool { return true })
	f.batch.Reset()
	f.row = 0
	left.codec.Append(f.batch.Cols, ptrs)
	f.batch.SetLen(len(ptrs))
	return len(ptrs) > 0
}

// fillRight notes the next right rows that have matched nothing.
func (f *finisher) fillRight() bool {
	right := f.sides[1]
	ptrs := f.collect(right, func(e uint32) bool { return *right.rows.Aux(e) == 0 })
	for _, p := range ptrs {
		f.w.rows = append(f.w.rows, output{row: -1, kind: types.Insert, other: p})
	}
	return len(ptrs) > 0
}

// collect returns the addresses of the next rows of a side that ok accepts,
// each as often as it counts.
func (f *finisher) collect(s *side, ok func(e uint32) bool) []unsafe.Pointer {
	f.ptrs, f.addrs = f.ptrs[:0], f.addrs[:0]
	for len(f.ptrs) < f.batchSize {
		if f.key == len(f.keys) {
			f.keys = grow(f.keys, 256)
			f.keys = f.keys[:f.table.Next(&f.cursor, f.keys)]
			f.key, f.begun = 0, false
			if len(f.keys) == 0 {
				break
			}
		}
		if !f.begun {
			f.entry, f.begun = s.rows.Head(f.keys[f.key]), true
		}
		if f.entry == 0 {
			f.key++
			f.begun = false
			continue
		}
		if ok(f.entry) {
			for range *s.rows.Count(f.entry) {
				f.ptrs = append(f.ptrs, s.pointer(f.entry))
				f.addrs = append(f.addrs, f.keys[f.key])
			}
		}
		f.entry = s.rows.After(f.entry)
	}
	return f.ptrs
}

// match goes on with the left rows until there is a batch of output.
func (f *finisher) match() error {
	for f.row < f.batch.Len() && len(f.w.rows) < f.batchSize {
		some, err := f.matchRow(f.row)
		if err != nil {
			return err
		}
		alone := false
		switch f.typ {
		case spec.SemiJoin:
			alone = some
		case spec.AntiJoin, spec.LeftJoin, spec.FullJoin:
			alone = !some
		}
		if alone {
			f.w.rows = append(f.w.rows, output{row: int32(f.row), kind: types.Insert})
		}
		f.row++
	}
	return nil
}

// matchRow puts out left row i with the right rows that it matches, if any.
func (f *finisher) matchRow(i int) (some bool, err error) {
	right := f.sides[1]
	key := f.addrs[i]
	for _, k := range f.nulls {
		if f.table.Codec().IsNull(f.table.KeyPointer(key), k) {
			return false, nil
		}
	}
	e := right.rows.Head(key)
	for e != 0 {
		f.pairs = f.pairs[:0]
		for ; e != 0 && len(f.pairs) < vector.DefaultSize; e = right.rows.After(e) {
			f.pairs = append(f.pairs, pair{row: int32(i), entry: e})
		}
		var pass *vector.Vector
		if f.cond != nil {
			if pass, err = f.cond.holds(0, f.batch, right, len(f.sides[0].types), f.pairs); err != nil {
				return false, err
			}
		}
		for k, p := range f.pairs {
			if pass != nil && (pass.IsNull(k) || !pass.Bools()[k]) {
				continue
			}
			some = true
			*right.rows.Aux(p.entry)++
			if f.w.leftOnly {
				continue
			}
			for range *right.rows.Count(p.entry) {
				f.w.rows = append(f.w.rows, output{row: int32(i), kind: types.Insert, other: right.pointer(p.entry)})
			}
		}
	}
	return some, nil
}
