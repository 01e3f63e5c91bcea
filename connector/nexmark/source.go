package nexmark

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/internal/once"
	"github.com/flott/flott/connector/internal/pace"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

type source struct {
	table   connector.Table
	shape   *shape
	end     int64 // number of events
	bounded bool
	base    int64
	fixed   bool // base was given
}

func newSource(t connector.Table) (connector.Source, error) {
	for _, c := range t.Physical {
		if err := check(c); err != nil {
			return nil, err
		}
	}
	s := &source{table: t, end: math.MaxInt64 / 1_000_000}
	var err error
	if s.shape, err = newShape(t.Options); err != nil {
		return nil, err
	}
	if s.base, s.fixed, err = base(t.Options); err != nil {
		return nil, err
	}
	if n := t.Options.Int(events); n > 0 {
		s.end, s.bounded = n, true
	} else if n < 0 {
		return nil, wrong(events.Key, t.Options.Text(events), "0 or a positive number")
	}
	if n := t.Options.Int(stopAt); n >= 0 {
		s.end, s.bounded = min(s.end, n), true
	}
	return s, nil
}

func (s *source) Bounded() bool                  { return s.bounded }
func (s *source) Changelog() connector.Changelog { return connector.InsertOnly }

// lane is a split: events next, next+step, next+2·step … below end.
type lane struct {
	id              string
	next, step, end int64
	base            int64
}

func (l lane) split() connector.Split {
	var b []byte
	for _, x := range []int64{l.next, l.step, l.end, l.base} {
		b = binary.BigEndian.AppendUint64(b, uint64(x))
	}
	return connector.Split{ID: l.id, State: b}
}

// Enumerator deals the events out by number, so that all readers are at about the
// same event time.
func (s *source) Enumerator(env connector.Env) (connector.Enumerator, error) {
	now := env.Now
	if now == nil {
		now = time.Now
	}
	return once.New(func() (out []connector.Split) {
		base := s.base
		if !s.fixed {
			base = now().UnixMilli()
		}
		n := int64(max(env.Parallelism, 1))
		for i := range n {
			out = append(out, lane{fmt.Sprintf("lane-%d", i), i, n, s.end, base}.split())
		}
		return out
	}), nil
}

// reader makes the events of its lanes, in turns.
type reader struct {
	shape    *shape
	columns  []connector.Column
	batch    *vector.Batch
	size     int
	pacer    *pace.Pacer // nil = as fast as they are taken
	lanes    []lane
	finished []string
	noMore   bool
	ready    chan struct{}
	text     []byte
}

func (s *source) Reader(env connector.Env, columns []connector.Column) (connector.Reader, error) {
	r := &reader{shape: s.shape, columns: columns, size: max(env.BatchSize, 1), ready: make(chan struct{}, 1)}
	ts := make([]types.Type, len(columns))
	for i, c := range columns {
		ts[i] = c.Type
	}
	r.batch = vector.NewBatch(ts, r.size)
	if s.table.Options.Bool(rateLimited) {
		r.pacer = pace.New(float64(s.table.Options.Int(firstRate))/float64(max(env.Parallelism, 1)), r.size, env.Now, r.wake)
	}
	return r, nil
}

func (r *reader) AddSplits(splits []connector.Split) error {
	for _, s := range splits {
		if len(s.State) != 32 {
			return fmt.Errorf("nexmark: split %q has a state of %d bytes, not 32", s.ID, len(s.State))
		}
		at := func(i int) int64 { return int64(binary.BigEndian.Uint64(s.State[8*i:])) }
		r.lanes = append(r.lanes, lane{s.ID, at(0), at(1), at(2), at(3)})
	}
	r.wake()
	return nil
}

func (r *reader) NoMoreSplits() { r.noMore = true; r.wake() }

func (r *reader) wake() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *reader) Ready() <-chan struct{} { return r.ready }

// Next fills a batch from the lane that is furthest behind.
func (r *reader) Next() (*vector.Batch, string, error) {
	behind := -1
	for i := 0; i < len(r.lanes); i++ {
		if l := r.lanes[i]; l.next >= l.end {
			r.finished = append(r.finished, l.id)
			r.lanes = append(r.lanes[:i], r.lanes[i+1:]...)
			i--
		} else if behind < 0 || l.next < r.lanes[behind].next {
			behind = i
		}
	}
	if behind < 0 {
		if r.noMore {
			return nil, "", io.EOF
		}
		return nil, "", nil
	}
	n := r.size
	if r.pacer != nil {
		if n = r.pacer.Allowed(); n == 0 {
			return nil, "", nil
		}
	}
	l := &r.lanes[behind]
	r.batch.Reset()
	made := 0
	for ; made < n && l.next < l.end; made++ {
		r.event(l.next, l.base)
		l.next += l.step
	}
	r.batch.SetLen(made)
	if r.pacer != nil {
		r.pacer.Emitted(made)
	}
	return r.batch, l.id, nil
}

// event appends event i, counted from 0; the public generator counts from 1 and
// gives its first event the id 2.
func (r *reader) event(i, base int64) {
	number, id := i+1, i+2
	kind := r.shape.kind(id)
	at := base + r.shape.millis(number)
	for k, c := range r.columns {
		v := r.batch.Cols[k]
		// Each column has its own random numbers, so that one that is not read
		// changes nothing in the others.
		rnd := random(uint64(id)*0xd1342543de82ef95 + uint64(kind))
		switch {
		case c.Name == "event_type":
			vector.Append(v, kind)
		case c.Name == "person" && kind == 0:
			r.person(v, &rnd, id, at)
		case c.Name == "auction" && kind == 1:
			r.auction(v, &rnd, id, number, at)
		case c.Name == "bid" && kind == 2:
			r.bid(v, &rnd, id, at)
		default:
			v.AppendNull()
		}
	}
}

func (r *reader) person(v *vector.Vector, rnd *random, id, at int64) {
	field := fields{v: v}
	field.number(r.shape.lastPerson(id) + firstID)
	size := int64(8)
	text := func(b []byte) {
		size += int64(len(b))
		field.text(b)
		r.text = b
	}
	t := append(r.text[:0], firstNames[rnd.below(int64(len(firstNames)))]...)
	text(append(append(t, ' '), lastNames[rnd.below(int64(len(lastNames)))]...))
	t = append(rnd.word(r.text[:0], 7, ' '), '@')
	text(append(rnd.word(t, 5, ' '), ".com"...))
	t = r.text[:0]
	for i := range 4 {
		if i > 0 {
			t = append(t, ' ')
		}
		n := rnd.below(10_000)
		t = append(t, byte('0'+n/1000), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
	}
	text(t)
	text(append(r.text[:0], cities[rnd.below(int64(len(cities)))]...))
	text(append(r.text[:0], states[rnd.below(int64(len(states)))]...))
	field.time(at)
	text(r.shape.extra(rnd, r.text[:0], size, r.shape.personSize))
	v.CloseStruct()
}

func (r *reader) auction(v *vector.Vector, rnd *random, id, number, at int64) {
	s := r.shape
	field := fields{v: v}
	field.number(s.lastAuction(id) + firstID)
	seller := s.lastPerson(id) / hotBatch * hotBatch
	if rnd.below(s.hotSellers) == 0 {
		seller = s.anyPerson(rnd, id)
	}
	category := firstCategory + rnd.below(categories)
	initial := rnd.price()
	horizon := s.millis(number+inFlight*s.total/s.auctions) - s.millis(number)
	expires := at + 1 + rnd.below(max(2*horizon, 1))
	r.text = rnd.word(r.text[:0], 20, ' ')
	size := int64(8 + len(r.text) + 5*8)
	field.text(r.text)
	r.text = rnd.word(r.text[:0], 100, ' ')
	size += int64(len(r.text))
	field.text(r.text)
	field.number(initial)
	field.number(initial + rnd.price())
	field.time(at)
	field.time(expires)
	field.number(seller + firstID)
	field.number(category)
	r.text = s.extra(rnd, r.text[:0], size, s.auctionSize)
	field.text(r.text)
	v.CloseStruct()
}

func (r *reader) bid(v *vector.Vector, rnd *random, id, at int64) {
	s := r.shape
	field := fields{v: v}
	auction := max(s.lastAuction(id), 0) / hotBatch * hotBatch
	if rnd.below(s.hotAuctions) == 0 {
		auction = s.anyAuction(rnd, id)
	}
	bidder := s.lastPerson(id)/hotBatch*hotBatch + 1
	if rnd.below(s.hotBidders) == 0 {
		bidder = s.anyPerson(rnd, id)
	}
	field.number(auction + firstID)
	field.number(bidder + 2*firstID) // so the public generator has it
	field.number(rnd.price())
	if rnd.below(2) > 0 {
		i := rnd.below(int64(len(hotChannels)))
		field.text(append(r.text[:0], hotChannels[i]...))
		r.text = url(r.text[:0], math.MaxUint64-uint64(i))
	} else {
		channel := rnd.below(channels)
		field.text(strconv.AppendInt(append(r.text[:0], "channel-"...), channel, 10))
		r.text = channelURL(r.text[:0], channel)
	}
	field.text(r.text)
	field.time(at)
	r.text = s.extra(rnd, r.text[:0], 4*8, s.bidSize)
	field.text(r.text)
	v.CloseStruct()
}

// fields appends the fields of a row in their order.
type fields struct {
	v    *vector.Vector
	next int
}

func (f *fields) child() *vector.Vector {
	f.next++
	return f.v.Child(f.next - 1)
}

func (f *fields) number(n int64) { vector.Append(f.child(), n) }
func (f *fields) time(ms int64)  { vector.Append(f.child(), ms) }
func (f *fields) text(b []byte)  { f.child().AppendBytes(b) }

func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, len(r.lanes))
	for i, l := range r.lanes {
		out[i] = l.split()
	}
	return out, nil
}

func (r *reader) Finished() []string {
	f := r.finished
	r.finished = nil
	return f
}

func (r *reader) CheckpointComplete(int64) error { return nil }
func (r *reader) Pause(string, bool)             {}

func (r *reader) Close() error {
	if r.pacer != nil {
		r.pacer.Stop()
	}
	return nil
}
