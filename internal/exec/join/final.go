package join

import (
	"unsafe"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// keep stores a batch in batch mode. Only rows that match nothing come out.
func (op *Join) keep() error {
	b := op.batch
	own := op.sides[op.port]
	for i := range b.Len() {
		p := op.place[i]
		switch {
		case p >= 0 && b.Kind(i).Adds():
			if err := own.add(op.addrs[p], int(p), 0); err != nil {
				return err
			}
		case p >= 0:
			own.remove(op.addrs[p], int(p))
			op.empty = append(op.empty, op.addrs[p])
		case op.outer(op.port) || op.anti() && op.port == 0:
			op.w.rows = append(op.w.rows, output{row: int32(i), kind: b.Kind(i)})
		}
	}
	op.sweep()
	op.takeMarks(b.Len())
	op.kept = true
	return nil
}

// nextFinal prepares the next rows of a batch mode join's result; false when
// all are out.
func (op *Join) nextFinal() (bool, error) {
	f := &op.final
	op.w.reset()
	for {
		if f.port == 0 {
			if op.batch != nil && op.row < op.batch.Len() {
				return true, op.matchFinal()
			}
			if ok, err := op.fillLeft(); err != nil {
				return false, err
			} else if ok {
				return true, op.matchFinal()
			}
			f.port, f.cursor, f.keys, f.key, f.begun = 1, state.Cursor{}, nil, 0, false
			op.batch, op.port = nil, 0
			continue
		}
		if f.port == 1 && op.outer(1) && op.fillRight() {
			op.port = 0
			return true, nil
		}
		f.port = 2
		f.on = false
		if f.last != types.MinInstant {
			op.w.mark(f.last)
			f.last = types.MinInstant
			return true, nil
		}
		return false, nil
	}
}

// fillLeft decodes the next left rows into a batch, with their keys.
func (op *Join) fillLeft() (bool, error) {
	f := &op.final
	left := op.sides[0]
	if f.batch == nil {
		f.batch = vector.NewBatch(left.types, 0)
	}
	f.batch.Reset()
	f.addrs = f.addrs[:0]
	ptrs := op.collect(left, func(uint32) bool { return true })
	if len(ptrs) == 0 {
		return false, nil
	}
	left.codec.Append(f.batch.Cols, ptrs)
	f.batch.SetLen(len(ptrs))
	op.batch, op.port, op.row, op.begun, op.count = f.batch, 0, 0, false, 0
	return true, nil
}

// fillRight notes the right rows that have matched nothing.
func (op *Join) fillRight() bool {
	right := op.sides[1]
	ptrs := op.collect(right, func(e uint32) bool { return *right.rows.Aux(e) == 0 })
	for _, p := range ptrs {
		op.w.rows = append(op.w.rows, output{row: -1, kind: types.Insert, other: p})
	}
	return len(ptrs) > 0
}

// collect returns the addresses of the next rows of a side that ok accepts, each
// as often as it counts.
func (op *Join) collect(s *side, ok func(e uint32) bool) []unsafe.Pointer {
	f := &op.final
	op.matched = op.matched[:0]
	f.addrs = f.addrs[:0]
	for len(op.matched) < op.ctx.BatchSize {
		if f.key == len(f.keys) {
			f.keys = grow(f.keys, 256)
			f.keys = f.keys[:op.table.Next(&f.cursor, f.keys)]
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
				op.matched = append(op.matched, s.pointer(f.entry))
				f.addrs = append(f.addrs, f.keys[f.key])
			}
		}
		f.entry = s.rows.After(f.entry)
	}
	return op.matched
}

// matchFinal matches left rows of the batch with all right ones, until there is
// a batch of output or the rows are through.
func (op *Join) matchFinal() error {
	for op.row < op.batch.Len() && len(op.w.rows) < op.ctx.BatchSize {
		some, err := op.matchRow(op.row)
		if err != nil {
			return err
		}
		alone := output{row: int32(op.row), kind: types.Insert}
		switch op.spec.Type {
		case spec.SemiJoin, spec.AntiJoin:
			if some == op.semi() {
				op.w.rows = append(op.w.rows, alone)
			}
		case spec.LeftJoin, spec.FullJoin:
			if !some {
				op.w.rows = append(op.w.rows, alone)
			}
		}
		op.row++
	}
	return nil
}

// matchRow puts out left row i with the right rows it matches, if there are.
func (op *Join) matchRow(i int) (some bool, err error) {
	right := op.sides[1]
	e := right.rows.Head(op.final.addrs[i])
	for e != 0 {
		op.pairs = op.pairs[:0]
		for ; e != 0 && len(op.pairs) < vector.DefaultSize; e = right.rows.After(e) {
			op.pairs = append(op.pairs, pair{row: int32(i), entry: e})
		}
		var pass *vector.Vector
		if op.cond != nil {
			if pass, err = op.cond.holds(0, op.batch, right, len(op.sides[0].types), op.pairs); err != nil {
				return false, err
			}
		}
		for k, p := range op.pairs {
			if pass != nil && (pass.IsNull(k) || !pass.Bools()[k]) {
				continue
			}
			some = true
			*right.rows.Aux(p.entry)++
			if !op.w.leftOnly {
				op.repeat(output{row: int32(i), kind: types.Insert, other: right.pointer(p.entry)}, *right.rows.Count(p.entry))
			}
		}
	}
	return some, nil
}
