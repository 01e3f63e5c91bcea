package memory

import (
	"errors"
	"strings"
	"testing"

	"github.com/flott/flott/internal/invariant"
)

func TestTakeGive(t *testing.T) {
	p := NewPool(4 << 20)
	r, err := p.Reserve("agg", 3<<20)
	if err != nil {
		t.Fatal(err)
	}
	var segs []Segment
	for i := range 96 {
		s, err := r.Take()
		if err != nil {
			t.Fatalf("segment %d: %v", i, err)
		}
		s[0], s[SegmentSize-1] = byte(i), byte(i)
		segs = append(segs, s)
	}
	for i, s := range segs {
		if s[0] != byte(i) || s[SegmentSize-1] != byte(i) {
			t.Fatalf("segment %d shares memory with another", i)
		}
	}
	_, err = r.Take()
	var full *ExhaustedError
	if !errors.As(err, &full) || full.Holder != "agg" || full.Limit != 3<<20 || full.Want != SegmentSize {
		t.Fatalf("taking more than the limit: %v", err)
	}
	if full.Enough < 4<<20 || !strings.Contains(err.Error(), "3072 kb of 3072 kb") {
		t.Errorf("error does not name the figures: %v, enough %d", err, full.Enough)
	}
	if _, err := r.TakeRun(1); err == nil {
		t.Fatal("a run beyond the limit was granted")
	}
	for _, s := range segs {
		r.Give(s)
	}
	run, err := r.TakeRun(3)
	if err != nil {
		t.Fatal(err)
	}
	run[3*SegmentSize-1] = 1
	r.GiveRun(run)
	st := p.Stats()
	if st.Used != 0 || st.Peak != 3<<20 {
		t.Errorf("after giving all back: %+v", st)
	}
	if keep := int64(slabSegments * SegmentSize); st.Mapped > keep {
		t.Errorf("%d bytes stay mapped, want at most %d", st.Mapped, keep)
	}
	r.Close()
	if p.Stats().Reserved != 0 {
		t.Error("a closed reservation is still promised")
	}
}

func TestReserveBeyondPool(t *testing.T) {
	p := NewPool(1 << 20)
	if _, err := p.Reserve("join", 2<<20); err == nil || !strings.Contains(err.Error(), "join") {
		t.Fatalf("got %v", err)
	}
}

func TestCharge(t *testing.T) {
	p := NewPool(1 << 20)
	r, err := p.Reserve("sort", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Charge(900); err != nil {
		t.Fatal(err)
	}
	if err := r.Charge(200); err == nil {
		t.Fatal("charged beyond the limit")
	}
	if err := r.Charge(-900); err != nil || r.Used() != 0 {
		t.Fatalf("used %d, err %v", r.Used(), err)
	}
}

// TestFreedSegmentFaults documents what an invariant build does; the fault
// itself would end the process.
func TestFreedSegmentFaults(t *testing.T) {
	if !invariant.Enabled {
		t.Skip("only in invariant builds")
	}
	p := NewPool(1 << 20)
	r, _ := p.Reserve("x", 1<<20)
	s, err := r.Take()
	if err != nil {
		t.Fatal(err)
	}
	r.Give(s)
	if p.Stats().Mapped != 0 {
		t.Error("a segment given back is still mapped")
	}
}
