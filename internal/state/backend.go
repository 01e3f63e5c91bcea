package state

import (
	"fmt"
	"slices"

	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/types"
)

// KeyGroupRange is a range of key groups, both ends included.
type KeyGroupRange struct{ First, Last int }

// RangeOf returns the key groups of a subtask, by Flink's formula.
func RangeOf(maxParallelism, parallelism, subtask int) KeyGroupRange {
	first, last := rowkey.Range(maxParallelism, parallelism, subtask)
	return KeyGroupRange{first, last}
}

// Contains reports whether group g belongs to the range.
func (r KeyGroupRange) Contains(g int) bool { return g >= r.First && g <= r.Last }

// Backend is the keyed state of one operator subtask.
type Backend struct {
	arena          arena
	maxParallelism int
	groups         KeyGroupRange

	tables   map[string]*Table
	windows  map[string]*Windows
	values   map[string]*Value
	order    []string // names as they were opened
	restored map[string][]restoredState
}

// NewBackend returns an empty backend that takes its segments from mem. It owns
// the key groups in groups, of maxParallelism in all.
func NewBackend(mem *memory.Reservation, maxParallelism int, groups KeyGroupRange) *Backend {
	return &Backend{
		arena: arena{mem: mem}, maxParallelism: maxParallelism, groups: groups,
		tables: map[string]*Table{}, windows: map[string]*Windows{}, values: map[string]*Value{},
		restored: map[string][]restoredState{},
	}
}

// MaxParallelism returns the number of key groups in all.
func (b *Backend) MaxParallelism() int { return b.maxParallelism }

// Value is a small piece of state that belongs to the subtask rather than to a
// key, e.g. its watermark.
type Value struct {
	// Bytes is what the next snapshot contains.
	Bytes []byte
	// Restored are the bytes of all subtasks of the run that was restored.
	Restored [][]byte
}

// Value opens a state of the subtask.
func (b *Backend) Value(name string) (*Value, error) {
	if err := b.claim(name); err != nil {
		return nil, err
	}
	v := &Value{}
	b.values[name] = v
	return v, b.loadValue(name, v)
}

// Table opens a keyed state and fills it with what was restored. The Multis of
// the table are given at once, for they are part of its snapshot.
func (b *Backend) Table(d TableDesc, multis ...MultiDesc) (*Table, []*Multi, error) {
	if err := b.claim(d.Name); err != nil {
		return nil, nil, err
	}
	t, ms, err := b.open(d, multis)
	if err != nil {
		return nil, nil, err
	}
	b.tables[d.Name] = t
	return t, ms, b.loadTable(t)
}

// Scratch opens a table that is no state: it is not part of snapshots, and the
// caller drops it.
func (b *Backend) Scratch(d TableDesc, multis ...MultiDesc) (*Table, []*Multi, error) {
	return b.open(d, multis)
}

func (b *Backend) open(d TableDesc, multis []MultiDesc) (*Table, []*Multi, error) {
	t, err := newTable(&b.arena, d)
	if err != nil {
		return nil, nil, err
	}
	ms := make([]*Multi, len(multis))
	for i, m := range multis {
		if ms[i], err = t.AddMulti(m); err != nil {
			t.Drop()
			return nil, nil, err
		}
	}
	return t, ms, nil
}

func (b *Backend) claim(name string) error {
	if slices.Contains(b.order, name) {
		return fmt.Errorf("state %q is opened twice", name)
	}
	b.order = append(b.order, name)
	return nil
}

// Windows opens a state whose tables are told apart by a number, the end of a
// window: one table for each, of the same shape.
func (b *Backend) Windows(d TableDesc, multis ...MultiDesc) (*Windows, error) {
	if err := b.claim(d.Name); err != nil {
		return nil, err
	}
	w := &Windows{backend: b, desc: d, multis: multis, byEnd: map[int64]*WindowTable{}}
	b.windows[d.Name] = w
	return w, b.loadWindows(w)
}

// Windows are tables by window end.
type Windows struct {
	backend *Backend
	desc    TableDesc
	multis  []MultiDesc
	byEnd   map[int64]*WindowTable
	ends    []int64 // ascending
}

// WindowTable is the table of one window.
type WindowTable struct {
	*Table
	Multis []*Multi
	End    int64
}

// Find returns the table of a window, nil if there is none.
func (w *Windows) Find(end int64) *WindowTable { return w.byEnd[end] }

// Get returns the table of a window and makes it if need be.
func (w *Windows) Get(end int64) (*WindowTable, error) {
	if t := w.byEnd[end]; t != nil {
		return t, nil
	}
	t, ms, err := w.backend.open(w.desc, w.multis)
	if err != nil {
		return nil, err
	}
	wt := &WindowTable{Table: t, Multis: ms, End: end}
	w.byEnd[end] = wt
	i, _ := slices.BinarySearch(w.ends, end)
	w.ends = slices.Insert(w.ends, i, end)
	return wt, nil
}

// Ends returns the ends of the windows there are, ascending. The slice is
// valid until a window is added or dropped.
func (w *Windows) Ends() []int64 { return w.ends }

// Drop frees a window's table.
func (w *Windows) Drop(end int64) {
	t := w.byEnd[end]
	if t == nil {
		return
	}
	t.Table.Drop()
	delete(w.byEnd, end)
	i, _ := slices.BinarySearch(w.ends, end)
	w.ends = slices.Delete(w.ends, i, i+1)
}

// Scratch returns a table of the windows' shape that belongs to none.
func (w *Windows) Scratch() (*WindowTable, error) {
	t, ms, err := w.backend.open(w.desc, w.multis)
	if err != nil {
		return nil, err
	}
	return &WindowTable{Table: t, Multis: ms}, nil
}

// Close frees everything.
func (b *Backend) Close() {
	for _, t := range b.tables {
		t.Drop()
	}
	for _, w := range b.windows {
		for len(w.ends) > 0 {
			w.Drop(w.ends[0])
		}
	}
	clear(b.tables)
	clear(b.windows)
	b.arena.close()
}

// Fingerprint joins the parts that make up the shape of a state: a format
// version, what the caller says, and types without their nullability.
func Fingerprint(what string, ts ...types.Type) string {
	s := "1 " + what
	for _, t := range ts {
		s += "," + Shape(t)
	}
	return s
}

// Shape prints what of a type decides the bytes of its values.
func Shape(t types.Type) string {
	t.NotNull, t.Attr = false, types.NoAttr
	switch t.Kind {
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		t.Precision = types.MaxLength // the length is no part of the bytes
	}
	return t.String()
}
