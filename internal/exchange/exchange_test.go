package exchange

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var intType = []types.Type{types.TInt}

// ints is a batch of numbers; "|7" among them is a mark.
func ints(text string) *vector.Batch {
	b := vector.NewBatch(intType, 0)
	for _, f := range strings.Fields(text) {
		var n int
		if m, ok := strings.CutPrefix(f, "|"); ok {
			fmt.Sscan(m, &n)
			b.Mark(types.Instant(n))
			continue
		}
		fmt.Sscan(f, &n)
		vector.Append(b.Cols[0], int32(n))
		b.SetLen(b.Len() + 1)
	}
	return b
}

// text is ints backwards.
func text(b *vector.Batch) string {
	var out []string
	m := 0
	for i := 0; i <= b.Len(); i++ {
		for ; m < len(b.Marks) && b.Marks[m].Row == i; m++ {
			out = append(out, fmt.Sprintf("|%d", b.Marks[m].Watermark))
		}
		if i < b.Len() {
			out = append(out, fmt.Sprint(b.Cols[0].Int32s()[i]))
		}
	}
	return strings.Join(out, " ")
}

// pair is a network with a writer's end for each of n links, on the same
// network or on another one over TCP.
type pair struct {
	in, out *Network
	wake    chan struct{} // of readers and writers
}

func newPair(t *testing.T, tcp bool, credit int) *pair {
	p := &pair{in: NewNetwork(credit), wake: make(chan struct{}, 1)}
	p.out = p.in
	if tcp {
		p.out = NewNetwork(credit)
		if err := p.in.Listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		p.out.Close()
		p.in.Close()
	})
	return p
}

func (p *pair) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pair) output(t *testing.T, id uint64) Output {
	addr := ""
	if p.out != p.in {
		addr = p.in.Address()
	}
	o, err := p.out.Output(id, addr)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (p *pair) writer(t *testing.T, kind spec.ExchangeKind, ids ...uint64) *Writer {
	var outs []Output
	for _, id := range ids {
		outs = append(outs, p.output(t, id))
	}
	return NewWriter(WriterConfig{Kind: kind, Types: intType, BatchSize: 4, BufferBytes: 1 << 20, Timeout: time.Hour, Now: time.Now, Wake: p.poke,
		Route: func(dst []int32, b *vector.Batch) []int32 {
			for _, x := range b.Cols[0].Int32s() {
				dst = append(dst, x%int32(len(ids)))
			}
			return dst
		}}, outs)
}

func (p *pair) reader(ports int, links ...InputLink) *Reader {
	c := ReaderConfig{Now: time.Now, Wake: p.poke}
	for range ports {
		c.Types = append(c.Types, intType)
	}
	return NewReader(c, links)
}

// next waits for the reader's next event and prints it.
func (p *pair) next(t *testing.T, r *Reader) string {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		e, ok, err := r.Next()
		if err != nil {
			return "error: " + err.Error()
		}
		if ok {
			switch e.Kind {
			case element.Batch:
				return fmt.Sprintf("%d: %s", e.Port, text(e.Rows))
			case element.Barrier:
				return fmt.Sprintf("barrier %d", e.Checkpoint.ID)
			case element.Idle:
				return "idle"
			case element.End:
				return fmt.Sprintf("%d: end", e.Port)
			}
		}
		select {
		case <-p.wake:
		case <-timeout:
			t.Fatal("the reader has nothing to say")
		}
	}
}

func (p *pair) expect(t *testing.T, r *Reader, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := p.next(t, r); got != w {
			t.Fatalf("got %q, want %q", got, w)
		}
	}
}

func (p *pair) nothing(t *testing.T, r *Reader) {
	t.Helper()
	if e, ok, err := r.Next(); ok || err != nil {
		t.Fatalf("unexpected event of kind %d, error %v", e.Kind, err)
	}
}

func both(t *testing.T, f func(t *testing.T, tcp bool)) {
	for _, tcp := range []bool{false, true} {
		t.Run(fmt.Sprintf("tcp=%v", tcp), func(t *testing.T) { f(t, tcp) })
	}
}

func TestOrder(t *testing.T) {
	both(t, func(t *testing.T, tcp bool) {
		p := newPair(t, tcp, 0)
		w := p.writer(t, spec.Forward, 1)
		r := p.reader(1, InputLink{p.in.Input(1), 0})
		w.Write(ints("1 |10 2 3 4 5 |20 |30"))
		w.Barrier(element.CheckpointOptions{ID: 1, Stop: true})
		w.Write(ints("6"))
		w.Idle()
		w.Idle() // said once
		w.Write(ints("|40"))
		w.End()
		p.expect(t, r, "0: 1 |10 2 3 4", "0: 5 |30", "barrier 1", "0: 6", "idle", "0: |40", "0: end")
		if !r.Ended() {
			t.Error("the reader does not know its end")
		}
	})
}

func TestDistribution(t *testing.T) {
	for kind, want := range map[spec.ExchangeKind][2]string{
		spec.Hash:      {"0: 2 |5 4", "0: 1 |5 3"},
		spec.Broadcast: {"0: 1 2 |5 3 4", "0: 1 2 |5 3 4"},
		spec.Single:    {"0: 1 2 |5 3 4", "0: |5"},
		spec.Rebalance: {"0: 1 2 |5", "0: |5 3 4"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			p := newPair(t, false, 0)
			w := p.writer(t, kind, 1, 2)
			w.Write(ints("1 2 |5 3 4"))
			w.Flush()
			for i, id := range []uint64{1, 2} {
				p.expect(t, p.reader(1, InputLink{p.in.Input(id), 0}), want[i])
			}
		})
	}
}

// TestCredit fills a link until there is no room, and sees room come back with
// a wake-up when the reader takes.
func TestCredit(t *testing.T) {
	both(t, func(t *testing.T, tcp bool) {
		p := newPair(t, tcp, 100)
		w := p.writer(t, spec.Forward, 1)
		r := p.reader(1, InputLink{p.in.Input(1), 0})
		n := 0
		for w.Room() {
			w.Write(ints("1 2 3 4"))
			if n++; n > 100 {
				t.Fatal("the link takes any number of batches")
			}
		}
		select { // what has woken us so far was the reader's
		case <-p.wake:
		default:
		}
		for range n {
			p.expect(t, r, "0: 1 2 3 4")
		}
		timeout := time.After(10 * time.Second)
		for !w.Room() {
			select {
			case <-p.wake:
			case <-timeout:
				t.Fatal("room did not come back")
			}
		}
	})
}

// TestRowsAreLent checks that a batch read stays whole while the writer fills
// and sends others.
func TestRowsAreLent(t *testing.T) {
	p := newPair(t, false, 1<<20)
	w := p.writer(t, spec.Forward, 1)
	r := p.reader(1, InputLink{p.in.Input(1), 0})
	w.Write(ints("1 2 3 4"))
	e, _, _ := r.Next()
	for range 10 {
		w.Write(ints("9 9 9 9"))
	}
	if got := text(e.Rows); got != "1 2 3 4" {
		t.Errorf("a lent batch was overwritten: %s", got)
	}
}

func TestWatermarks(t *testing.T) {
	p := newPair(t, false, 0)
	a, b := p.writer(t, spec.Forward, 1), p.writer(t, spec.Forward, 2)
	r := p.reader(1, InputLink{p.in.Input(1), 0}, InputLink{p.in.Input(2), 0})
	send := func(w *Writer, s string) { w.Write(ints(s)); w.Flush() }
	send(a, "1 |10")
	p.nothing(t, r) // who knows what b will say
	b.Hello()
	p.expect(t, r, "0: 1")
	send(b, "2 |5 3 |20 4")
	p.expect(t, r, "0: 2 |5 3 |10 4") // the slower link counts
	send(a, "|15")
	p.expect(t, r, "0: |15")
	a.Idle()
	p.expect(t, r, "0: |20") // an idle link holds nobody back
	b.Idle()
	p.expect(t, r, "idle")
	send(a, "5 |16 6") // late now; its marks say nothing
	p.expect(t, r, "0: 5 6")
	b.End()
	send(a, "|30")
	p.expect(t, r, "0: |30")
	a.End()
	p.expect(t, r, "0: end")
}

// TestUnheard lets links end without rows, before and after another one has
// sent its first: the marks come out the same.
func TestUnheard(t *testing.T) {
	both(t, func(t *testing.T, tcp bool) {
		for first := range 3 {
			p := newPair(t, tcp, 0)
			var links []InputLink
			for id := range uint64(3) {
				links = append(links, InputLink{p.in.Input(id), 0})
			}
			r := p.reader(1, links...)
			for k := range 3 {
				id := uint64(first+k) % 3
				w := p.writer(t, spec.Forward, id)
				if id == 0 {
					w.Write(ints("1 |10 2"))
				} else {
					w.Write(ints("|" + strconv.FormatInt(int64(types.MaxInstant), 10)))
				}
				w.End()
			}
			p.expect(t, r, "0: 1 |10 2", "0: |"+strconv.FormatInt(int64(types.MaxInstant), 10), "0: end")
		}
	})
}

// TestBarrierBehindHeldRows sees a barrier let rows go that wait for a link of
// which nothing has come: it is there, though it has no rows.
func TestBarrierBehindHeldRows(t *testing.T) {
	p := newPair(t, false, 0)
	a, b := p.writer(t, spec.Forward, 1), p.writer(t, spec.Forward, 2)
	r := p.reader(1, InputLink{p.in.Input(1), 0}, InputLink{p.in.Input(2), 0})
	a.Write(ints("1 |10"))
	a.Barrier(element.CheckpointOptions{ID: 1})
	p.nothing(t, r)
	b.Barrier(element.CheckpointOptions{ID: 1})
	p.expect(t, r, "0: 1", "barrier 1")
}

// TestIdlePorts sees an idle port follow the active one: operators combine
// ports without knowing of idleness.
func TestIdlePorts(t *testing.T) {
	p := newPair(t, false, 0)
	a, b := p.writer(t, spec.Forward, 1), p.writer(t, spec.Forward, 2)
	r := p.reader(2, InputLink{p.in.Input(1), 0}, InputLink{p.in.Input(2), 1})
	a.Write(ints("|10"))
	a.Flush()
	p.expect(t, r, "0: |10")
	b.Idle()
	p.expect(t, r, "1: |10")
	a.Write(ints("|20"))
	a.Flush()
	p.expect(t, r, "0: |20", "1: |20")
	b.Write(ints("1 |15"))
	b.Flush()
	p.expect(t, r, "1: 1")
	b.Write(ints("|25"))
	b.Flush()
	p.expect(t, r, "1: |25")
}

func TestAlignment(t *testing.T) {
	p := newPair(t, false, 0)
	a, b := p.writer(t, spec.Forward, 1), p.writer(t, spec.Forward, 2)
	r := p.reader(1, InputLink{p.in.Input(1), 0}, InputLink{p.in.Input(2), 0})
	send := func(w *Writer, s string) { w.Write(ints(s)); w.Flush() }
	barrier := func(w *Writer, id element.CheckpointID) { w.Barrier(element.CheckpointOptions{ID: id}) }

	send(a, "1")
	barrier(a, 1)
	send(a, "2") // behind the barrier: held back
	p.expect(t, r, "0: 1")
	p.nothing(t, r)
	send(b, "3")
	barrier(b, 1)
	p.expect(t, r, "0: 3", "barrier 1", "0: 2")

	barrier(a, 2) // aborted: the link flows on, the late barrier is dropped
	send(a, "4")
	p.nothing(t, r)
	r.Abort(2)
	p.expect(t, r, "0: 4")
	barrier(b, 2)
	send(b, "5")
	p.expect(t, r, "0: 5")

	barrier(a, 3) // a newer one takes over
	p.nothing(t, r)
	barrier(b, 4)
	barrier(a, 4)
	p.expect(t, r, "barrier 4")

	barrier(a, 5) // an ended link counts as aligned
	p.nothing(t, r)
	b.End()
	p.expect(t, r, "barrier 5")
	a.End()
	p.expect(t, r, "0: end")
}

func TestAtLeastOnceDoesNotBlock(t *testing.T) {
	p := newPair(t, false, 0)
	a, b := p.writer(t, spec.Forward, 1), p.writer(t, spec.Forward, 2)
	r := NewReader(ReaderConfig{Types: [][]types.Type{intType}, AtLeastOnce: true, Now: time.Now, Wake: p.poke},
		[]InputLink{{p.in.Input(1), 0}, {p.in.Input(2), 0}})
	a.Barrier(element.CheckpointOptions{ID: 1})
	a.Write(ints("2"))
	a.Flush()
	p.expect(t, r, "0: 2")
	b.Barrier(element.CheckpointOptions{ID: 1})
	p.expect(t, r, "barrier 1")
}

func TestBrokenConnection(t *testing.T) {
	p := newPair(t, true, 0)
	w := p.writer(t, spec.Forward, 1)
	r := p.reader(1, InputLink{p.in.Input(1), 0})
	w.Write(ints("1"))
	w.Flush()
	p.expect(t, r, "0: 1")
	p.out.Close()
	if got := p.next(t, r); !strings.Contains(got, "connection to a task manager broke") {
		t.Errorf("got %q", got)
	}
}

func TestBufferTimeout(t *testing.T) {
	p := newPair(t, false, 0)
	now := time.Unix(100, 0)
	w := p.writer(t, spec.Forward, 1)
	w.Now, w.Timeout = func() time.Time { return now }, time.Second
	if !w.Deadline().IsZero() {
		t.Error("an empty writer has a deadline")
	}
	w.Write(ints("1"))
	now = now.Add(time.Minute)
	w.Write(ints("2")) // the first row counts
	if got := w.Deadline(); !got.Equal(time.Unix(101, 0)) {
		t.Errorf("deadline %v", got)
	}
	w.Flush()
	if !w.Deadline().IsZero() {
		t.Error("a flushed writer has a deadline")
	}
}

func TestClosedNetwork(t *testing.T) {
	n := NewNetwork(0)
	n.Close()
	p := &pair{in: n, out: n, wake: make(chan struct{}, 1)}
	r := p.reader(1, InputLink{n.Input(1), 0})
	if _, _, err := r.Next(); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}
