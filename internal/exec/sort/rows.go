package sort

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Order compares encoded rows by sort keys. A key says whether its NULLs come
// first or last; descending turns the other values round.
type Order struct {
	codec *rowkey.Codec
	keys  []orderKey
}

type orderKey struct {
	column    int
	desc      bool
	nullsLast bool
	compare   rowkey.Less
}

// NewOrder returns the order of rows of codec by keys.
func NewOrder(codec *rowkey.Codec, keys []spec.SortKey) *Order {
	o := &Order{codec: codec}
	for _, k := range keys {
		o.keys = append(o.keys, orderKey{k.Column, k.Desc, k.NullsLast, codec.Compare(k.Column)})
	}
	return o
}

// Compare tells the order of two rows: negative, zero or positive.
func (o *Order) Compare(a, b unsafe.Pointer) int {
	for i := range o.keys {
		k := &o.keys[i]
		an, bn := o.codec.IsNull(a, k.column), o.codec.IsNull(b, k.column)
		if an || bn {
			if an && bn {
				continue
			}
			if an == k.nullsLast {
				return 1
			}
			return -1
		}
		if d := k.compare(a, b); d != 0 {
			if k.desc {
				return -d
			}
			return d
		}
	}
	return 0
}

// prefix returns the beginning of a row's first key as a number of the same
// order: a smaller prefix is a smaller row, equal ones say nothing.
func (o *Order) prefix(row unsafe.Pointer, phys types.Phys) uint64 {
	if len(o.keys) == 0 {
		return 0
	}
	k := &o.keys[0]
	if o.codec.IsNull(row, k.column) {
		if k.nullsLast {
			return math.MaxUint64
		}
		return 0
	}
	p := unsafe.Add(row, o.codec.Offset(k.column))
	var x uint64
	const sign = 1 << 63
	switch phys {
	case types.PhysBool, types.PhysInt8:
		x = uint64(int64(*(*int8)(p))) ^ sign
	case types.PhysInt16:
		x = uint64(int64(*(*int16)(p))) ^ sign
	case types.PhysInt32:
		x = uint64(int64(*(*int32)(p))) ^ sign
	case types.PhysInt64, types.PhysStamp:
		x = uint64(*(*int64)(p)) ^ sign
	case types.PhysWide:
		x = uint64((*types.Int128)(p).Hi) ^ sign
	case types.PhysBytes:
		var b [8]byte
		copy(b[:], o.codec.String(row, k.column))
		x = binary.BigEndian.Uint64(b[:])
	default:
		return 1 << 62
	}
	if k.desc {
		x = ^x
	}
	// The ends are for NULL.
	return min(max(x, 1), math.MaxUint64-1)
}

// item is a row to sort.
type item struct {
	prefix uint64
	entry  uint32
}

const itemBytes = 16

// Buffer keeps rows in state, to be sorted: a table of one key whose list they
// are. The array of what is sorted is charged to the operator's memory.
type Buffer struct {
	codec *rowkey.Codec
	order *Order
	phys  types.Phys
	mem   *memory.Reservation

	table   *state.Table
	rows    *state.Multi
	key     uint32
	items   []item
	charged int64
	enc     rowkey.Rows
	ptrs    []unsafe.Pointer
}

// NewBuffer returns a buffer of rows with the given columns.
func NewBuffer(ts []types.Type, keys []spec.SortKey) *Buffer {
	c := rowkey.New(ts)
	b := &Buffer{codec: c, order: NewOrder(c, keys)}
	if len(keys) > 0 {
		b.phys = ts[keys[0].Column].Phys()
	}
	return b
}

// Open opens the state by its name and takes in what was restored.
func (b *Buffer) Open(ctx *exec.Context, name string) error {
	t, ms, err := ctx.State.Table(state.TableDesc{Name: name, Value: state.Fingerprint("rows"), Width: state.ListBytes},
		state.MultiDesc{Name: "rows", Value: state.Fingerprint("rows", b.codec.Types()...)})
	if err != nil {
		return err
	}
	b.table, b.rows, b.mem = t, ms[0], ctx.Memory
	var enc rowkey.Rows
	t.Codec().Encode(&enc, nil, 1, nil, true)
	var addr [1]uint32
	if err := t.GetBatch(&enc, addr[:], make([]bool, 1)); err != nil {
		return err
	}
	b.key = addr[0]
	for e := b.rows.Head(b.key); e != 0; e = b.rows.After(e) {
		if err := b.note(e); err != nil {
			return err
		}
	}
	return nil
}

// note adds a stored row to those to be sorted.
func (b *Buffer) note(e uint32) error {
	if len(b.items) == cap(b.items) {
		// The array lies on the Go heap but belongs to the same budget.
		n := max(1024, 2*cap(b.items))
		if err := b.mem.Charge(int64(n-cap(b.items)) * itemBytes); err != nil {
			return err
		}
		b.charged += int64(n-cap(b.items)) * itemBytes
		grown := make([]item, len(b.items), n)
		copy(grown, b.items)
		b.items = grown
	}
	b.items = append(b.items, item{b.order.prefix(b.rows.Pointer(e), b.phys), e})
	return nil
}

// Add stores rows sel of a batch.
func (b *Buffer) Add(batch *vector.Batch, sel []int32) error {
	b.codec.Encode(&b.enc, batch.Cols, batch.Len(), sel, false)
	for i := range b.enc.Len() {
		e, err := b.rows.Add(b.key, b.enc.Bytes(i), 0)
		if err != nil {
			return err
		}
		if err := b.note(e); err != nil {
			return err
		}
	}
	return nil
}

// Sort orders the rows; equal ones stay as they came.
func (b *Buffer) Sort() {
	slices.SortStableFunc(b.items, func(x, y item) int {
		if d := cmp.Compare(x.prefix, y.prefix); d != 0 {
			return d
		}
		return b.order.Compare(b.rows.Pointer(x.entry), b.rows.Pointer(y.entry))
	})
}

// write appends the rows of items to out.
func (b *Buffer) write(out *vector.Batch, items []item) {
	b.ptrs = b.ptrs[:0]
	for _, it := range items {
		b.ptrs = append(b.ptrs, b.rows.Pointer(it.entry))
	}
	b.codec.Append(out.Cols, b.ptrs)
	out.SetLen(out.Len() + len(items))
}

// Len returns the number of rows.
func (b *Buffer) Len() int { return len(b.items) }

// Entry returns the entry of row i in Rows, in order once they are sorted.
func (b *Buffer) Entry(i int) uint32 { return b.items[i].entry }

// Pointer returns the encoded row i.
func (b *Buffer) Pointer(i int) unsafe.Pointer { return b.rows.Pointer(b.items[i].entry) }

// Rows returns the list that holds the rows.
func (b *Buffer) Rows() *state.Multi { return b.rows }

// drop forgets the first n items.
func (b *Buffer) drop(n int) {
	for _, it := range b.items[:n] {
		b.rows.Remove(it.entry)
	}
	b.items = b.items[:copy(b.items, b.items[n:])]
}

// Close gives the charge back.
func (b *Buffer) Close() error {
	if b.mem == nil {
		return nil
	}
	n := b.charged
	b.charged, b.items = 0, nil
	return b.mem.Charge(-n)
}
