package match

import (
	"encoding/binary"
	"slices"
	"sort"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec"
	ordering "github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/exec/timer"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Match is MATCH_RECOGNIZE with one row per match.
type Match struct {
	spec   spec.Match
	input  []types.Type
	output []spec.Column
	keys   []types.Type
	time   int
	codec  *rowkey.Codec
	order  *ordering.Order // by what follows the time
	s      *search

	ctx      *exec.Context
	table    *state.Table
	rows     *state.Multi
	saved    *state.Value
	late     *metrics.Counter
	defines  []*expression // by variable, nil = every row
	measures []*expression

	timers    *timer.Queue[uint32]
	waiting   map[uint32][]waiting // by partition, in the order in which they are processed
	charged   int64
	watermark types.Instant
	target    types.Instant
	firing    bool
	ended     []uint32 // batch mode: partitions that are still to be processed

	batch  *vector.Batch
	marks  []vector.Mark
	row    int
	whole  rowkey.Rows
	owners state.Lookup
	empty  []uint32

	ready *vector.Batch // matches to be put out
	at    int
	out   *vector.Batch
	last  types.Instant
}

// waiting is a row whose time has not come.
type waiting struct {
	time  int64
	entry uint32
}

const waitingBytes = 16

// record is what the table holds of a partition: the number of the next row, its
// encoded runs, and the list of its rows.
type record struct {
	next int64
	runs state.Blob
	list [state.ListBytes]byte
}

// renumber is when the numbers of rows start from 0 again.
const renumber = 1 << 30

// New returns a Match over rows with the given columns.
func New(s spec.Match, input []types.Type, output []spec.Column) (*Match, error) {
	op := &Match{spec: s, input: input, output: output, time: s.Sort[0].Column, codec: rowkey.New(input),
		timers: timer.New[uint32](), waiting: map[uint32][]waiting{}, watermark: types.MinInstant, last: types.MinInstant}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	op.order = ordering.NewOrder(op.codec, s.Sort[1:])
	op.s = &search{automaton: compile(s.Vars), skip: s.Skip, skipVar: s.SkipVar, within: s.Within}
	return op, nil
}

func errSkip(why string) error {
	return &diag.Error{Code: "match-skip", Stage: diag.StageRun, Message: "AFTER MATCH SKIP TO cannot go on: " + why,
		Help: "skip to a variable that is in every match, and not its first row"}
}

// Open opens the state and sets the timers of the rows that wait.
func (op *Match) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.late = &metrics.Counter{}
	if ctx.Metrics != nil {
		op.late = ctx.Metrics.Counter("numLateRecordsDropped")
	}
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "match", Key: op.keys, Value: state.Fingerprint("runs of " + op.shape()), Width: int(unsafe.Sizeof(record{})), Blobs: []int{int(unsafe.Offsetof(record{}.runs))}},
		state.MultiDesc{Name: "rows", Value: state.Fingerprint("rows with times", op.input...), List: int(unsafe.Offsetof(record{}.list)), Timed: true})
	if err != nil {
		return err
	}
	op.table, op.rows = t, ms[0]
	if op.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range op.saved.Restored {
		if w := types.Instant(binary.LittleEndian.Uint64(b)); i == 0 || w < op.watermark {
			op.watermark = w
		}
	}
	op.save()
	for i, d := range op.spec.Defines {
		var x *expression
		if d != nil {
			if x, err = newExpression(*d, "define-"+op.spec.Vars[i].Name, op.codec, op.time, ctx); err != nil {
				return err
			}
		}
		op.defines = append(op.defines, x)
	}
	for i, m := range op.spec.Measures {
		x, err := newExpression(m, "measure-"+op.output[len(op.keys)+i].Name, op.codec, op.time, ctx)
		if err != nil {
			return err
		}
		op.measures = append(op.measures, x)
	}
	ts := make([]types.Type, len(op.output))
	for i, c := range op.output {
		ts[i] = c.Type
	}
	op.ready, op.out = vector.NewBatch(ts, 0), vector.NewBatch(ts, 0)
	return op.restore()
}

// shape prints the pattern: runs fit no other one.
func (op *Match) shape() string {
	text := ""
	for _, v := range op.spec.Vars {
		text += v.Name + string(binary.AppendVarint(binary.AppendVarint(nil, int64(v.Min)), int64(v.Max)))
		if v.Reluctant {
			text += "?"
		}
	}
	return text
}

func (op *Match) restore() error {
	var c state.Cursor
	var some [64]uint32
	for n := op.table.Next(&c, some[:]); n > 0; n = op.table.Next(&c, some[:]) {
		for _, addr := range some[:n] {
			for e := op.rows.Head(addr); e != 0; e = op.rows.After(e) {
				if *op.rows.Count(e) == 0 {
					if err := op.wait(addr, e); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (op *Match) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.watermark))
}

func (op *Match) record(addr uint32) *record { return (*record)(op.table.Record(addr)) }

// Push takes a batch; Next goes through it.
func (op *Match) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.codec.Encode(&op.whole, b.Cols, n, nil, false)
	return op.owners.Get(op.table, b, op.spec.Keys, nil)
}

// Next puts out matches.
func (op *Match) Next() (*vector.Batch, error) {
	for {
		if op.at < op.ready.Len() || len(op.ready.Marks) > 0 {
			return op.write(), nil
		}
		op.ready.Reset()
		op.at = 0
		if op.batch == nil && !op.firing && len(op.ended) == 0 {
			op.removeEmpty()
			return nil, nil
		}
		for op.ready.Len() < op.ctx.BatchSize {
			more, err := op.work()
			if err != nil {
				return nil, err
			}
			if !more {
				break
			}
		}
	}
}

// work does a piece of what there is to do, false if there is nothing.
func (op *Match) work() (bool, error) {
	switch {
	case op.firing:
		_, addr, ok := op.timers.Pop(int64(op.target))
		if ok {
			return true, op.process(addr, int64(op.target))
		}
		op.firing = false
		op.watermark = max(op.watermark, op.target)
		op.ready.Mark(op.target)
		op.save()
		return true, nil
	case len(op.ended) > 0:
		addr := op.ended[0]
		op.ended = op.ended[1:]
		if err := op.process(addr, int64(types.MaxInstant)); err != nil {
			return false, err
		}
		if len(op.ended) == 0 && op.last != types.MinInstant {
			op.ready.Mark(op.last)
		}
		return true, nil
	case op.batch != nil:
		return true, op.advance()
	}
	return false, nil
}

// advance takes the next row or mark of the batch.
func (op *Match) advance() error {
	if len(op.marks) > 0 && op.marks[0].Row <= op.row {
		w := op.marks[0].Watermark
		op.marks = op.marks[1:]
		switch {
		case op.ctx.Batch:
			op.last = max(op.last, w)
		case op.spec.Arrival:
			op.ready.Mark(w)
		default:
			op.firing, op.target = true, w
		}
		return nil
	}
	if op.row == op.batch.Len() {
		op.batch = nil
		op.save()
		return nil
	}
	i := op.row
	op.row++
	return op.take(i)
}

// take stores row i, unless it comes too late.
func (op *Match) take(i int) error {
	addr := op.owners.Addrs[i]
	var at int64
	if op.spec.Arrival {
		at = op.ctx.Clock.Now().UnixMilli()
	} else {
		time := op.batch.Cols[op.time]
		if time.IsNull(i) || !op.ctx.Batch && time.Timestamp(i).Milli <= int64(op.watermark) {
			op.late.Add(1)
			op.empty = append(op.empty, addr)
			return nil
		}
		at = time.Timestamp(i).Milli
	}
	e, err := op.rows.Add(addr, op.whole.Bytes(i), 0)
	if err != nil {
		return err
	}
	*op.rows.Time(e) = at
	if err := op.wait(addr, e); err != nil {
		return err
	}
	if op.spec.Arrival {
		return op.process(addr, at)
	}
	return nil
}

// wait puts a stored row where its turn is.
func (op *Match) wait(addr, e uint32) error {
	if err := op.ctx.Memory.Charge(waitingBytes); err != nil {
		return err
	}
	op.charged += waitingBytes
	w := op.waiting[addr]
	x := waiting{*op.rows.Time(e), e}
	k := sort.Search(len(w), func(k int) bool {
		if w[k].time != x.time {
			return w[k].time > x.time
		}
		return op.order.Compare(op.rows.Pointer(w[k].entry), op.rows.Pointer(e)) > 0
	})
	op.waiting[addr] = slices.Insert(w, k, x)
	if !op.ctx.Batch && !op.spec.Arrival {
		op.timers.Add(x.time, addr)
	}
	return nil
}

// process feeds the rows of a partition up to a time to its runs.
func (op *Match) process(addr uint32, until int64) error {
	p := op.load(addr)
	w := op.waiting[addr]
	n := 0
	for n < len(w) && w[n].time <= until {
		x := w[n]
		n++
		if n == 1 || w[n-2].time != x.time {
			if err := op.found(addr, p, func() ([]*run, error) { return op.s.expire(p.partition, x.time) }); err != nil {
				return err
			}
		}
		rec := op.record(addr)
		number := rec.next
		rec.next++
		*op.rows.Count(x.entry), *op.rows.Aux(x.entry) = 1, int32(number)
		p.entries[number] = x.entry
		test := func(r *run, name int) (bool, error) { return op.test(p, r, name, x.entry) }
		if err := op.found(addr, p, func() ([]*run, error) { return op.s.step(p.partition, number, x.time, test) }); err != nil {
			return err
		}
	}
	op.charged -= int64(n) * waitingBytes
	if err := op.ctx.Memory.Charge(-int64(n) * waitingBytes); err != nil {
		return err
	}
	if w = w[n:]; len(w) > 0 {
		op.waiting[addr] = w
	} else {
		delete(op.waiting, addr)
	}
	if !op.ctx.Batch && !op.spec.Arrival {
		if err := op.found(addr, p, func() ([]*run, error) { return op.s.expire(p.partition, until) }); err != nil {
			return err
		}
	}
	return op.store(addr, p)
}

// found puts out the matches that a step of the search finds.
func (op *Match) found(addr uint32, p *loaded, find func() ([]*run, error)) error {
	matches, err := find()
	if err != nil {
		return err
	}
	for _, m := range matches {
		in := &matched{op: op, p: p, r: m}
		op.table.Codec().Append(op.ready.Cols[:len(op.keys)], []unsafe.Pointer{op.table.KeyPointer(addr)})
		for i, x := range op.measures {
			v, err := x.eval(in)
			if err != nil {
				return err
			}
			op.ready.Cols[len(op.keys)+i].AppendFrom(v, 0)
		}
		op.ready.SetLen(op.ready.Len() + 1)
	}
	return nil
}

// test evaluates the condition of a variable for a run and the current row.
func (op *Match) test(p *loaded, r *run, name int, current uint32) (bool, error) {
	x := op.defines[name]
	if x == nil {
		return true, nil
	}
	v, err := x.eval(&matched{op: op, p: p, r: r, name: name, current: current})
	if err != nil {
		return false, err
	}
	i := 0
	return !v.IsNull(i) && v.Bools()[i], nil
}

// matched are the rows of a run; while a condition is tested, the current row is
// taken for the variable's.
type matched struct {
	op      *Match
	p       *loaded
	r       *run
	name    int
	current uint32 // 0 = none
}

func (m *matched) of(name int) []unsafe.Pointer {
	var out []unsafe.Pointer
	for _, t := range m.r.rows {
		if name < 0 || t.name == name {
			out = append(out, m.op.rows.Pointer(m.p.entries[t.row]))
		}
	}
	if m.current != 0 && (name < 0 || name == m.name) {
		out = append(out, m.op.rows.Pointer(m.current))
	}
	return out
}

// write puts out a piece of what is ready.
func (op *Match) write() *vector.Batch {
	op.out.Reset()
	n := min(op.ready.Len()-op.at, op.ctx.BatchSize)
	op.out.AppendBatch(op.ready, op.at, op.at+n)
	end := op.at + n
	for len(op.ready.Marks) > 0 && (op.ready.Marks[0].Row < end || end == op.ready.Len()) {
		op.out.Marks = append(op.out.Marks, vector.Mark{Row: op.ready.Marks[0].Row - op.at, Watermark: op.ready.Marks[0].Watermark})
		op.ready.Marks = op.ready.Marks[1:]
	}
	op.at = end
	return op.out
}

// removeEmpty deletes partitions of which nothing is left.
func (op *Match) removeEmpty() {
	for _, a := range op.empty {
		if op.table.Live(a) && op.rows.Entries(a) == 0 && op.record(a).runs == 0 {
			op.table.Delete(a)
		}
	}
	op.empty = op.empty[:0]
}

// Finish processes a bounded input, partition by partition.
func (op *Match) Finish(int) error {
	if !op.ctx.Batch {
		return nil
	}
	var c state.Cursor
	var some [64]uint32
	for n := op.table.Next(&c, some[:]); n > 0; n = op.table.Next(&c, some[:]) {
		op.ended = append(op.ended, some[:n]...)
	}
	var keys []spec.SortKey
	for i := range op.keys {
		keys = append(keys, spec.SortKey{Column: i})
	}
	order := ordering.NewOrder(op.table.Codec(), keys)
	slices.SortStableFunc(op.ended, func(a, b uint32) int { return order.Compare(op.table.KeyPointer(a), op.table.KeyPointer(b)) })
	return nil
}

// Close frees what aggregates use and gives memory back.
func (op *Match) Close() error {
	for _, x := range slices.Concat(op.defines, op.measures) {
		if x != nil {
			x.close()
		}
	}
	n := op.charged
	op.charged = 0
	if n == 0 {
		return nil
	}
	return op.ctx.Memory.Charge(-n)
}
