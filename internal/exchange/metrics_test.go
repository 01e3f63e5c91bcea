package exchange

import (
	"testing"
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// TestLatencyMarkers: a marker waits behind the rows of its buffer, goes to one
// reader after the other, ends no idleness and opens no watermark.
func TestLatencyMarkers(t *testing.T) {
	both(t, func(t *testing.T, tcp bool) {
		p := newPair(t, tcp, 0)
		w := p.writer(t, spec.Rebalance, 1, 2)
		silent := p.writer(t, spec.Forward, 3)
		first, second := p.reader(1, InputLink{p.in.Input(1), 0}, InputLink{p.in.Input(3), 0}), p.reader(1, InputLink{p.in.Input(2), 0})
		m := &element.LatencyMarker{Sent: 12345, Source: "source", Subtask: 7}
		marker := func(r *Reader) {
			t.Helper()
			for late := time.After(10 * time.Second); ; {
				e, ok, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					if e.Kind != element.Latency || *e.Marker != *m {
						t.Fatalf("event %d with marker %v", e.Kind, e.Marker)
					}
					return
				}
				select {
				case <-p.wake:
				case <-late:
					t.Fatal("no marker")
				}
			}
		}
		w.Write(ints("1 |5"))
		w.Latency(m)
		silent.Latency(m)
		marker(first) // that of the silent link: the other one waits behind rows
		if first.Heard() {
			t.Error("a marker makes a link heard")
		}
		p.nothing(t, first)
		silent.End()
		p.expect(t, first, "0: 1 |5")
		marker(first)
		w.Idle()
		p.expect(t, second, "0: |5", "idle")
		w.Latency(m)
		marker(second)
		p.nothing(t, second)
	})
}

// TestTraffic: what is read and what waits is counted, by where it came from.
func TestTraffic(t *testing.T) {
	both(t, func(t *testing.T, tcp bool) {
		p := newPair(t, tcp, 1000)
		w := p.writer(t, spec.Forward, 1)
		w.Bytes, w.Buffers = &metrics.Counter{}, &metrics.Counter{}
		in := Traffic{Bytes: &metrics.Counter{}, LocalBytes: &metrics.Counter{}, RemoteBytes: &metrics.Counter{}, LocalBuffers: &metrics.Counter{}, RemoteBuffers: &metrics.Counter{}}
		r := NewReader(ReaderConfig{Types: [][]types.Type{intType}, Now: time.Now, Wake: p.poke, In: in}, []InputLink{{p.in.Input(1), 0}})
		w.Write(ints("1 2 3 4 5"))
		w.Flush()
		if q := w.Queued(); q.Bytes == 0 || q.Credit != 1000 || q.Usage() <= 0 {
			t.Errorf("queued: %+v", q)
		}
		p.expect(t, r, "0: 1 2 3 4", "0: 5")
		own, other := in.LocalBytes, in.RemoteBytes
		buffers := in.LocalBuffers
		if tcp {
			own, other, buffers = other, own, in.RemoteBuffers
		}
		if in.Bytes.Value() == 0 || in.Bytes.Value() != own.Value() || other.Value() != 0 || buffers.Value() != 2 || w.Buffers.Value() != 2 {
			t.Errorf("%d bytes read, %d of this kind, %d of the other, %d buffers of %d", in.Bytes.Value(), own.Value(), other.Value(), buffers.Value(), w.Buffers.Value())
		}
		if q := r.Queued(); q.Buffers != 0 || q.Bytes != 0 {
			t.Errorf("read and still queued: %+v", q)
		}
	})
}
