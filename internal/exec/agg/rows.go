package agg

import (
	"unsafe"

	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/vector"
)

// Rows are the rows of a batch that are folded into records: row Sel[k] into
// the record at Recs[k].
type Rows struct {
	Cols []*vector.Vector
	Sel  []int32
	// Addrs and Recs are the rows' records in Table and their memory.
	Addrs []uint32
	Recs  []unsafe.Pointer
	Table *state.WindowTable
	// Sign is +1 for a row that adds, -1 for one that takes away, 0 for one that
	// does not count; nil = all add.
	Sign []int8
	// Fresh marks rows before which the record starts anew; nil = none. A record
	// that has just been created is zero and needs no mark.
	Fresh []bool
}

func (r *Rows) sign(k int) int8 {
	if r.Sign == nil {
		return 1
	}
	return r.Sign[k]
}

func (r *Rows) fresh(k int) bool { return r.Fresh != nil && r.Fresh[k] }

// valid reports whether row i is not NULL in a bitmap, nil = no NULLs.
func valid(bits []uint64, i int32) bool { return bits == nil || bits[i>>6]>>(i&63)&1 != 0 }

// number are the types that Go adds and compares.
type number interface {
	int8 | int16 | int32 | int64 | float32 | float64
}

func at[T any](rec unsafe.Pointer, off int) *T { return (*T)(unsafe.Add(rec, off)) }
