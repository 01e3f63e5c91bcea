package rank

import (
	"slices"
	"sort"
	"unsafe"

	ordering "github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/state"
)

// chunk is how many entries a piece of a ranking holds at most: an insertion
// moves half of it.
const chunk = 256

// ranking is the entries of a partition by rank, in pieces.
type ranking struct {
	pieces [][]uint32
	n      int
}

// place is a position in a ranking.
type place struct {
	piece, in int
	rank      int // entries in front of it
}

func (r *ranking) reset() {
	for i := range r.pieces {
		r.pieces[i] = r.pieces[i][:0]
	}
	r.pieces, r.n = r.pieces[:min(len(r.pieces), 1)], 0
}

// at returns the entry of rank i, counted from 0.
func (r *ranking) at(i int) uint32 {
	for _, p := range r.pieces {
		if i < len(p) {
			return p[i]
		}
		i -= len(p)
	}
	panic("rank beyond the end")
}

// search returns the first place whose entry is behind; behind holds for all
// entries from some place on.
func (r *ranking) search(behind func(e uint32) bool) place {
	k := sort.Search(len(r.pieces), func(k int) bool {
		p := r.pieces[k]
		return len(p) > 0 && behind(p[len(p)-1])
	})
	if k == len(r.pieces) {
		if k == 0 {
			return place{}
		}
		return place{k - 1, len(r.pieces[k-1]), r.n}
	}
	p := place{piece: k}
	for _, q := range r.pieces[:k] {
		p.rank += len(q)
	}
	p.in = sort.Search(len(r.pieces[k]), func(i int) bool { return behind(r.pieces[k][i]) })
	p.rank += p.in
	return p
}

// insert puts e in front of what stands at p.
func (r *ranking) insert(p place, e uint32) {
	if len(r.pieces) == 0 {
		r.pieces = append(r.pieces, nil)
	}
	q := slices.Insert(r.pieces[p.piece], p.in, e)
	r.pieces[p.piece] = q
	r.n++
	if len(q) > chunk {
		half := slices.Clone(q[chunk/2:])
		r.pieces[p.piece] = q[:chunk/2]
		r.pieces = slices.Insert(r.pieces, p.piece+1, half)
	}
}

// remove takes out the entry at p.
func (r *ranking) remove(p place) {
	r.pieces[p.piece] = slices.Delete(r.pieces[p.piece], p.in, p.in+1)
	r.n--
	if len(r.pieces[p.piece]) == 0 && len(r.pieces) > 1 {
		r.pieces = slices.Delete(r.pieces, p.piece, p.piece+1)
	}
}

// next returns the place behind p.
func (r *ranking) next(p place) place {
	p.in++
	p.rank++
	if p.in == len(r.pieces[p.piece]) && p.piece+1 < len(r.pieces) {
		p.piece, p.in = p.piece+1, 0
	}
	return p
}

// last returns the place of the last entry.
func (r *ranking) last() place {
	k := len(r.pieces) - 1
	return place{k, len(r.pieces[k]) - 1, r.n - 1}
}

// dead marks an entry, in its Aux, that has left its ranking and is still to be
// put out.
const dead = 1

// fill makes r the ranking of a partition's rows.
func (r *ranking) fill(rows *state.Multi, owner uint32, order *ordering.Order, newestFirst bool) {
	r.reset()
	all := make([]uint32, 0, rows.Entries(owner))
	if len(r.pieces) > 0 {
		all = r.pieces[0]
	}
	for e := rows.Head(owner); e != 0; e = rows.After(e) {
		if *rows.Aux(e) != dead {
			all = append(all, e)
		}
	}
	if newestFirst {
		slices.Reverse(all)
	}
	slices.SortStableFunc(all, func(a, b uint32) int { return order.Compare(rows.Pointer(a), rows.Pointer(b)) })
	r.n = len(all)
	r.pieces = append(r.pieces[:0], all)
	for len(r.pieces[len(r.pieces)-1]) > chunk {
		k := len(r.pieces) - 1
		rest := slices.Clone(r.pieces[k][chunk/2:])
		r.pieces[k] = r.pieces[k][:chunk/2]
		r.pieces = append(r.pieces, rest)
	}
}

// placeOf returns where a row with the given bytes is to go: behind its equals,
// or in front of them.
func (r *ranking) placeOf(rows *state.Multi, order *ordering.Order, row unsafe.Pointer, first bool) place {
	return r.search(func(e uint32) bool {
		d := order.Compare(row, rows.Pointer(e))
		return d < 0 || d == 0 && first
	})
}

// find returns the place of the first row with exactly these bytes.
func (r *ranking) find(rows *state.Multi, order *ordering.Order, row []byte) (place, bool) {
	at := unsafe.Pointer(unsafe.SliceData(row))
	p := r.placeOf(rows, order, at, true)
	for ; p.rank < r.n; p = r.next(p) {
		e := r.pieces[p.piece][p.in]
		if order.Compare(at, rows.Pointer(e)) != 0 {
			break
		}
		if string(rows.Value(e)) == string(row) {
			return p, true
		}
	}
	return place{}, false
}
