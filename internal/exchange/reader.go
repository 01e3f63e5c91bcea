package exchange

import (
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Event is what a Reader has to say: an element of one input port. Barrier and
// Idle concern all ports.
type Event struct {
	Kind       element.Kind
	Port       int
	Rows       *vector.Batch
	Checkpoint element.CheckpointOptions
	Marker     *element.LatencyMarker
}

// input is the reader's view of one link.
type input struct {
	*Link
	port      int
	watermark types.Instant
	idle      bool
	ended     bool
	barrier   bool            // the current barrier has come; blocked until the others' have
	heard     bool            // something has come
	held      element.Element // rows with marks that wait for the port to be whole; Kind 0 = none
}

// port is what the links of one port have come to together.
type port struct {
	links     []*input
	watermark types.Instant
	open      int // links that have not ended
	unheard   int // links of which nothing has come yet
	idle      bool
}

// Reader merges the links of a task's input ports. It belongs to the task's
// goroutine.
//
// A port takes no watermark before each of its links has been heard from (see
// Writer.Hello). Else it would be a matter of luck which rows are late at the
// beginning: a link that is about to end holds the port's watermark back until
// it says so.
//
//	running ──first barrier n──▶ aligning ──barrier n of all open links──▶ running
//	                                └── Abort(n), or a barrier above n ──▶
type Reader struct {
	inputs      []*input
	ports       []*port
	atLeastOnce bool
	next        int // link to look at first
	pending     []Event

	aligning  element.CheckpointOptions // ID 0 = no alignment under way
	first     time.Time                 // when its first barrier came
	last      element.CheckpointID      // the newest barrier handed on or aborted
	alignment time.Duration             // of the newest barrier handed on
	idle      bool                      // all ports are idle and that was said
	now       func() time.Time
	marks     *vector.Batch // an empty batch for marks alone
}

// InputLink is a link and the port it feeds.
type InputLink struct {
	Link *Link
	Port int
}

// ReaderConfig describes a Reader.
type ReaderConfig struct {
	// Types are the column types of each port.
	Types       [][]types.Type
	AtLeastOnce bool // barriers are counted, links are not blocked
	Now         func() time.Time
	Wake        func() // called when Next may have something again
	In          Traffic
}

// NewReader returns a reader of the given links.
func NewReader(c ReaderConfig, links []InputLink) *Reader {
	r := &Reader{atLeastOnce: c.AtLeastOnce, now: c.Now, marks: &vector.Batch{}}
	for range c.Types {
		r.ports = append(r.ports, &port{watermark: types.MinInstant})
	}
	for _, l := range links {
		in := &input{Link: l.Link, port: l.Port, watermark: types.MinInstant}
		l.Link.setReader(c.Wake, c.Types[l.Port], c.In)
		r.inputs = append(r.inputs, in)
		p := r.ports[l.Port]
		p.links = append(p.links, in)
		p.open++
		p.unheard++
	}
	return r
}

// Next returns what comes next, ok false if nothing is there now: Wake will be
// called. Rows are lent until the next call.
func (r *Reader) Next() (e Event, ok bool, err error) {
	for {
		if len(r.pending) > 0 {
			e = r.pending[0]
			r.pending = r.pending[1:]
			return e, true, nil
		}
		found := false
		for range r.inputs {
			in := r.inputs[r.next]
			if r.next++; r.next == len(r.inputs) {
				r.next = 0
			}
			if in.ended || in.barrier && !r.atLeastOnce {
				continue
			}
			el, ok, err := r.take(in)
			if err != nil {
				return e, false, err
			}
			if !ok {
				continue
			}
			found = true
			if e, ok := r.handle(in, el); ok {
				return e, true, nil
			}
			break
		}
		if !found && len(r.pending) == 0 {
			return e, false, nil
		}
	}
}

// take returns the next element of a link unless it has to wait for others.
func (r *Reader) take(in *input) (el element.Element, ok bool, err error) {
	p := r.ports[in.port]
	if in.held.Kind != 0 {
		if p.unheard > 0 {
			return el, false, nil
		}
		el, in.held = in.held, element.Element{}
		return el, true, nil
	}
	el, ok, err = in.take()
	if !ok || err != nil {
		return el, false, err
	}
	if !in.heard && el.Kind != element.Latency {
		in.heard = true
		p.unheard--
	}
	if p.unheard > 0 && el.Kind == element.Batch && el.Rows.Len() > 0 && len(el.Rows.Marks) > 0 {
		in.held = el
		return el, false, nil
	}
	return el, true, nil
}

// Heard reports whether something has come from each link.
func (r *Reader) Heard() bool {
	for _, p := range r.ports {
		if p.unheard > 0 {
			return false
		}
	}
	return true
}

// handle takes one element in; further events go to pending.
func (r *Reader) handle(in *input, el element.Element) (e Event, ok bool) {
	p := r.ports[in.port]
	switch el.Kind {
	case element.Batch:
		in.idle, p.idle, r.idle = false, false, false
		r.rewrite(in, p, el.Rows)
		if len(el.Rows.Marks) > 0 && len(r.ports) > 1 {
			r.portsIdle() // idle ports follow
		}
		if el.Rows.Empty() {
			return e, false
		}
		return Event{Kind: element.Batch, Port: in.port, Rows: el.Rows}, true
	case element.Idle:
		in.idle = true
		r.linkSilent(in, p)
	case element.Barrier:
		r.barrier(in, el.Checkpoint)
	case element.Latency:
		return Event{Kind: element.Latency, Port: in.port, Marker: el.Marker}, true
	case element.End:
		in.ended = true
		p.open--
		r.linkSilent(in, p)
		if p.open == 0 {
			r.pending = append(r.pending, Event{Kind: element.End, Port: in.port})
		}
		r.complete()
	}
	return e, false
}

// rewrite replaces the marks of a link's batch by those of its port.
func (r *Reader) rewrite(in *input, p *port, b *vector.Batch) {
	if n := len(b.Marks); len(p.links) == 1 && n > 0 && b.Marks[0].Watermark > p.watermark {
		in.watermark = b.Marks[n-1].Watermark
		p.watermark = in.watermark
		return
	}
	kept := b.Marks[:0]
	for _, m := range b.Marks {
		in.watermark = max(in.watermark, m.Watermark)
		if low, any := p.lowest(); any && low > p.watermark {
			p.watermark = low
			kept = append(kept, vector.Mark{Row: m.Row, Watermark: low})
		}
	}
	b.Marks = kept
}

// lowest is the smallest watermark of the links that count.
func (p *port) lowest() (low types.Instant, any bool) {
	low = types.MaxInstant
	for _, in := range p.links {
		if !in.idle && !in.ended {
			low, any = min(low, in.watermark), true
		}
	}
	return low, any
}

// linkSilent handles that a link went idle or ended: it no longer holds the
// others back.
func (r *Reader) linkSilent(in *input, p *port) {
	low, any := p.lowest()
	if !any {
		// As in Flink, the last link to fall silent lets out the highest
		// watermark of all.
		low = types.MinInstant
		for _, l := range p.links {
			low = max(low, l.watermark)
		}
		p.idle = p.open > 0
	}
	if low > p.watermark {
		p.watermark = low
		r.pending = append(r.pending, r.markOnly(in.port, low))
	}
	r.portsIdle()
}

// portsIdle lets idle ports follow the others, for operators know no idleness:
// an idle port must not hold the combined watermark back.
func (r *Reader) portsIdle() {
	idle, open := 0, 0
	low := types.MaxInstant
	for _, p := range r.ports {
		switch {
		case p.open == 0:
		case p.idle:
			idle++
			open++
		default:
			open++
			low = min(low, p.watermark)
		}
	}
	if idle > 0 && idle == open {
		if !r.idle {
			r.idle = true
			r.pending = append(r.pending, Event{Kind: element.Idle})
		}
		return
	}
	if idle == 0 || low == types.MaxInstant {
		return
	}
	for i, p := range r.ports {
		if p.idle && p.open > 0 && p.watermark < low {
			p.watermark = low
			r.pending = append(r.pending, r.markOnly(i, low))
		}
	}
}

func (r *Reader) markOnly(port int, w types.Instant) Event {
	b := &vector.Batch{Cols: r.emptyCols(port)}
	b.Mark(w)
	return Event{Kind: element.Batch, Port: port, Rows: b}
}

// emptyCols are columns without rows, so that a batch of marks alone looks like
// any other.
func (r *Reader) emptyCols(port int) []*vector.Vector {
	ts := r.ports[port].links[0].types
	return vector.NewBatch(ts, 0).Cols
}

// barrier notes that checkpoint cp's barrier has come on a link.
func (r *Reader) barrier(in *input, cp element.CheckpointOptions) {
	switch {
	case cp.ID <= r.last:
		return // aborted in the meantime
	case r.aligning.ID == 0 || cp.ID > r.aligning.ID:
		r.release()
		r.aligning, r.first = cp, r.now()
	case cp.ID < r.aligning.ID:
		return
	}
	in.barrier = true
	r.complete()
}

// complete hands the barrier on when all open links have sent it.
func (r *Reader) complete() {
	if r.aligning.ID == 0 {
		return
	}
	for _, in := range r.inputs {
		if !in.barrier && !in.ended {
			return
		}
	}
	r.pending = append(r.pending, Event{Kind: element.Barrier, Checkpoint: r.aligning})
	r.last, r.alignment = r.aligning.ID, r.now().Sub(r.first)
	r.release()
}

func (r *Reader) release() {
	r.aligning = element.CheckpointOptions{}
	for _, in := range r.inputs {
		in.barrier = false
	}
}

// Abort gives up waiting for the barriers of checkpoint id: its links flow on
// and late barriers are dropped.
func (r *Reader) Abort(id element.CheckpointID) {
	if r.aligning.ID != 0 && r.aligning.ID <= id {
		r.release()
	}
	r.last = max(r.last, id)
}

// Alignment is how long the barriers of the newest checkpoint waited for each other.
func (r *Reader) Alignment() time.Duration { return r.alignment }

// Ended reports whether all links have ended. A barrier that waited for the
// last of them may still follow.
func (r *Reader) Ended() bool {
	for _, p := range r.ports {
		if p.open > 0 {
			return false
		}
	}
	return true
}
