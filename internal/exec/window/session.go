package window

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/timer"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// sessions are the open sessions of all keys: rows of a key whose times lie no
// more than a gap apart. A row opens a session, makes one longer or joins two. Each
// has a record in a table whose key is the session's key and start.
//
// As in Flink a row is late if the session that it would open has ended already,
// but not while it still fits into one that is open.
type sessions struct {
	gap  int64
	grid grid
	keys []int        // columns
	ts   []types.Type // of the keys
	time int          // column
	end  int          // offset of the end in a record
	join func(to, from uint32) error

	ctx    *exec.Context
	table  *state.Table
	saved  *state.Value
	late   *metrics.Counter
	nulls  *metrics.Counter
	timers *timer.Queue[uint32]
	open   map[string][]session // by encoded key
	owners map[uint32]string

	watermark types.Instant
	charged   int64
	codec     *rowkey.Codec // of keys
	names     rowkey.Rows
	enc       rowkey.Rows
	keyCols   []*vector.Vector
	starts    *vector.Vector
	times     []int64
	addr      [1]uint32
	created   [1]bool
}

// session is [start, end) in windows' time.
type session struct {
	start, end int64
	addr       uint32
}

// touches: a row that comes right at the end belongs to a session, too.
func (x session) touches(start, gap int64) bool { return x.start <= start+gap && x.end >= start }

// sessionBytes is about what a session takes on the Go heap.
const sessionBytes = 160

func newSessions(gap int64, time int, keys []int, input []types.Type) *sessions {
	s := &sessions{gap: gap, keys: keys, time: time, watermark: types.MinInstant, timers: timer.New[uint32](), open: map[string][]session{}, owners: map[uint32]string{}}
	for _, k := range keys {
		s.ts = append(s.ts, input[k])
	}
	s.codec = rowkey.New(s.ts)
	return s
}

// tableKeys are the key columns of the sessions' table.
func (s *sessions) tableKeys() []types.Type {
	return append(slices.Clone(s.ts), types.TBigInt.Required())
}

// restore takes over the table with the sessions in it.
func (s *sessions) restore(ctx *exec.Context, t *state.Table, g grid) error {
	s.ctx, s.table, s.grid = ctx, t, g
	s.late, s.nulls = counter(ctx, "numLateRecordsDropped"), counter(ctx, "numNullRowTimeRecordsDropped")
	s.keyCols = make([]*vector.Vector, len(s.keys)+1)
	s.starts = vector.New(types.TBigInt.Required(), 0)
	var err error
	if s.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range s.saved.Restored {
		if w := types.Instant(binary.LittleEndian.Uint64(b)); i == 0 || w < s.watermark {
			s.watermark = w
		}
	}
	s.save()
	cols := make([]*vector.Vector, len(s.keys)+1)
	for i, t := range s.tableKeys() {
		cols[i] = vector.New(t, 1)
	}
	var c state.Cursor
	var some [64]uint32
	for n := t.Next(&c, some[:]); n > 0; n = t.Next(&c, some[:]) {
		for _, addr := range some[:n] {
			for _, v := range cols {
				v.Reset()
			}
			t.Codec().Append(cols, []unsafe.Pointer{t.KeyPointer(addr)})
			s.codec.Encode(&s.names, cols[:len(s.keys)], 1, nil, false)
			x := session{cols[len(s.keys)].Int64s()[0], *s.endOf(addr), addr}
			if err := s.note(string(s.names.Bytes(0)), x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sessions) save() {
	s.saved.Bytes = binary.LittleEndian.AppendUint64(s.saved.Bytes[:0], uint64(s.watermark))
}

func (s *sessions) endOf(addr uint32) *int64 {
	return (*int64)(unsafe.Add(s.table.Record(addr), s.end))
}

// fires returns the watermark at which a session that ends at end is over.
func (s *sessions) fires(end int64) int64 {
	if s.grid.zone == nil {
		return end - 1
	}
	return int64(s.grid.zone.InstantLate(end - 1))
}

// note adds an open session and its timer.
func (s *sessions) note(key string, x session) error {
	if err := s.ctx.Memory.Charge(sessionBytes); err != nil {
		return err
	}
	s.charged += sessionBytes
	s.open[key] = append(s.open[key], x)
	s.owners[x.addr] = key
	s.timers.Add(s.fires(x.end), x.addr)
	return nil
}

// begin prepares a batch.
func (s *sessions) begin(b *vector.Batch) {
	if b.Len() == 0 {
		return
	}
	for i, k := range s.keys {
		s.keyCols[i] = b.Cols[k]
	}
	s.codec.Encode(&s.names, s.keyCols[:len(s.keys)], b.Len(), nil, false)
	s.starts.Reset()
	s.starts.Resize(b.Len())
	s.keyCols[len(s.keys)] = s.starts
	s.times = millis(s.times[:0], b.Cols[s.time])
}

// take returns the session of row i; ok is false if it comes too late. flush is
// called before sessions are joined.
func (s *sessions) take(b *vector.Batch, i int, flush func() error) (addr uint32, ok bool, err error) {
	if b.Cols[s.time].IsNull(i) {
		s.nulls.Add(1)
		return 0, false, nil
	}
	key := s.names.Bytes(i)
	start := s.grid.local(s.times[i])
	all := session{start, start + s.gap, 0}
	touched := 0
	open := s.open[string(key)]
	for _, x := range open {
		if x.touches(start, s.gap) {
			all.start, all.end = min(all.start, x.start), max(all.end, x.end)
			touched++
		}
	}
	if s.fires(all.end) <= int64(s.watermark) && !s.ctx.Batch {
		s.late.Add(1)
		return 0, false, nil
	}
	if touched == 0 {
		if all.addr, err = s.record(i, all); err != nil {
			return 0, false, err
		}
		return all.addr, true, s.note(string(key), all)
	}
	return s.extend(string(key), i, start, all, flush)
}

// extend makes one session of those that a row at start touches.
func (s *sessions) extend(key string, i int, start int64, all session, flush func() error) (uint32, bool, error) {
	var rest, old []session
	for _, x := range s.open[key] {
		switch {
		case !x.touches(start, s.gap):
			rest = append(rest, x)
		case x.start == all.start:
			all.addr = x.addr
			old = append(old, x)
		default:
			old = append(old, x)
		}
	}
	if len(old) == 1 && old[0].start == all.start && old[0].end == all.end {
		return all.addr, true, nil
	}
	if len(old) > 1 || all.addr == 0 {
		if err := flush(); err != nil {
			return 0, false, err
		}
	}
	if all.addr == 0 {
		var err error
		if all.addr, err = s.record(i, all); err != nil {
			return 0, false, err
		}
	}
	*s.endOf(all.addr) = all.end
	s.timers.Add(s.fires(all.end), all.addr)
	s.owners[all.addr] = key
	for _, x := range old {
		if x.addr == all.addr {
			if x.end != all.end {
				s.timers.Remove(s.fires(x.end), x.addr)
			}
			continue
		}
		s.timers.Remove(s.fires(x.end), x.addr)
		if err := s.join(all.addr, x.addr); err != nil {
			return 0, false, err
		}
		delete(s.owners, x.addr)
		s.table.Delete(x.addr)
	}
	n := int64(1 - len(old))
	s.charged += n * sessionBytes
	s.open[key] = append(rest, all)
	return all.addr, true, s.ctx.Memory.Charge(n * sessionBytes)
}

// record makes the record of a session of row i's key.
func (s *sessions) record(i int, x session) (uint32, error) {
	s.starts.Int64s()[i] = x.start
	s.table.Codec().Encode(&s.enc, s.keyCols, 0, []int32{int32(i)}, true)
	if err := s.table.GetBatch(&s.enc, s.addr[:], s.created[:]); err != nil {
		return 0, err
	}
	*s.endOf(s.addr[0]) = x.end
	return s.addr[0], nil
}

// pop returns the next session that a watermark ends; the caller deletes its record.
func (s *sessions) pop(w types.Instant) (session, bool, error) {
	_, addr, ok := s.timers.Pop(int64(w))
	if !ok {
		return session{}, false, nil
	}
	key := s.owners[addr]
	delete(s.owners, addr)
	open := s.open[key]
	k := slices.IndexFunc(open, func(x session) bool { return x.addr == addr })
	x := open[k]
	if open = slices.Delete(open, k, k+1); len(open) > 0 {
		s.open[key] = open
	} else {
		delete(s.open, key)
	}
	s.charged -= sessionBytes
	return x, true, s.ctx.Memory.Charge(-sessionBytes)
}

func (s *sessions) close() error {
	n := s.charged
	s.charged = 0
	if n == 0 {
		return nil
	}
	return s.ctx.Memory.Charge(-n)
}
