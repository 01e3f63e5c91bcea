package over

import (
	"unsafe"

	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// output is the rows that are to be put out with the folder's results, and the
// marks between them.
type output struct {
	f       *folder
	size    int
	entries []uint32
	marks   []vector.Mark
	at      int
	gone    []uint32 // entries to be removed once all is out
	out     *vector.Batch
	ptrs    []unsafe.Pointer
}

func newOutput(f *folder, size int) output {
	return output{f: f, size: size, out: vector.NewBatch(outputTypes(f.input, f.calls), 0)}
}

// add puts a stored row out with the folder's current result.
func (o *output) add(addr, entry uint32) {
	o.entries = append(o.entries, entry)
	o.f.result(addr)
}

func (o *output) mark(w types.Instant) {
	if k := len(o.marks); k > 0 && o.marks[k-1].Row == len(o.entries) {
		o.marks[k-1].Watermark = w
		return
	}
	o.marks = append(o.marks, vector.Mark{Row: len(o.entries), Watermark: w})
}

// full reports that it is time to compute what has been collected.
func (o *output) full() bool { return len(o.f.rows) >= o.size }

// next returns the next piece, nil when everything is out; then the collecting
// may start anew.
func (o *output) next(rows *state.Multi) *vector.Batch {
	if o.at == len(o.entries) && len(o.marks) == 0 {
		o.entries, o.marks, o.at = o.entries[:0], o.marks[:0], 0
		for _, e := range o.gone {
			rows.Remove(e)
		}
		o.gone = o.gone[:0]
		o.f.reset()
		return nil
	}
	o.out.Reset()
	n := min(len(o.entries)-o.at, o.size)
	o.ptrs = o.ptrs[:0]
	for _, e := range o.entries[o.at : o.at+n] {
		o.ptrs = append(o.ptrs, rows.Pointer(e))
	}
	width := len(o.f.input)
	o.f.codec.Append(o.out.Cols[:width], o.ptrs)
	o.f.write(o.out.Cols[width:], o.at, o.at+n)
	o.out.SetLen(n)
	end := o.at + n
	for len(o.marks) > 0 && (o.marks[0].Row < end || end == len(o.entries)) {
		o.out.Marks = append(o.out.Marks, vector.Mark{Row: o.marks[0].Row - o.at, Watermark: o.marks[0].Watermark})
		o.marks = o.marks[1:]
	}
	o.at = end
	return o.out
}
