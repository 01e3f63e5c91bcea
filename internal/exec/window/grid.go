package window

import (
	"math"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// grid knows where windows and slices begin and end.
type grid struct {
	kind   spec.WindowKind
	size   int64 // of TUMBLE and HOP, the largest of CUMULATE
	slide  int64 // of HOP, step of CUMULATE
	offset int64
	slice  int64
	// attached: each row brings the end of its window.
	attached bool
	zone     *types.Zone // nil = UTC, or the time is of no zone
}

func newGrid(w spec.Window, zone *types.Zone) grid {
	g := grid{kind: w.Kind, size: w.Size, slide: w.Slide, offset: w.Offset, attached: w.WindowEnd != nil}
	if w.LTZ && zone != nil && zone.Name() != "UTC" {
		g.zone = zone
	}
	switch g.kind {
	case spec.Hop:
		g.slice = gcd(g.size, g.slide)
	case spec.Cumulate:
		g.slice = g.slide
	default:
		g.slice = g.size
		g.slide = g.size
	}
	return g
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// floor returns the largest multiple of step, shifted by offset, that is not
// above t.
func floor(t, offset, step int64) int64 {
	r := (t - offset) % step
	if r < 0 {
		r += step
	}
	return t - r
}

// shared: slices belong to several windows.
func (g *grid) shared() bool { return !g.attached && (g.kind == spec.Hop || g.kind == spec.Cumulate) }

// sliceOf returns the end of the slice of a time.
func (g *grid) sliceOf(t int64) int64 { return floor(t, g.offset, g.slice) + g.slice }

// first returns the end of the first window that a slice belongs to, last that
// of the last one.
func (g *grid) first(slice int64) int64 {
	if g.attached || g.kind != spec.Hop || g.slice == g.slide {
		return slice
	}
	return g.hopEnd(slice)
}

// hopEnd returns the smallest window end of HOP that is not below t.
func (g *grid) hopEnd(t int64) int64 { return floor(t-1, g.offset+g.size, g.slide) + g.slide }

func (g *grid) last(slice int64) int64 {
	switch {
	case g.attached || g.kind == spec.Tumble:
		return slice
	case g.kind == spec.Hop:
		// The last window starts on the grid at or before the slice's start.
		return floor(slice-g.slice, g.offset, g.slide) + g.size
	}
	return g.start(slice) + g.size
}

// start returns the start of the window that ends at end.
func (g *grid) start(end int64) int64 {
	if g.kind == spec.Cumulate {
		return floor(end-1, g.offset, g.size)
	}
	return end - g.size
}

// passed reports whether the watermark closes the window that ends at end.
func (g *grid) passed(end int64, watermark types.Instant) bool {
	if g.zone == nil || watermark == types.MaxInstant {
		return end-1 <= int64(watermark)
	}
	return g.zone.InstantLate(end-1) <= int64(watermark)
}

// local returns the windows' time of a value of the time column.
func (g *grid) local(ms int64) int64 {
	if g.zone == nil {
		return ms
	}
	return g.zone.Local(ms)
}

// instant returns the value of a rowtime column for a windows' time.
func (g *grid) instant(ms int64) int64 {
	if g.zone == nil {
		return ms
	}
	return g.zone.Instant(ms)
}

// none is a window end that never comes.
const none = math.MaxInt64

// millis copies a time column as milliseconds.
func millis(dst []int64, v *vector.Vector) []int64 {
	if v.Phys() == types.PhysInt64 {
		return append(dst, v.Int64s()...)
	}
	for _, t := range v.Timestamps() {
		dst = append(dst, t.Milli)
	}
	return dst
}

// appendTime adds a time in milliseconds to a timestamp column.
func appendTime(v *vector.Vector, ms int64) {
	if v.Phys() == types.PhysInt64 {
		vector.Append(v, ms)
		return
	}
	vector.Append(v, types.Timestamp{Milli: ms})
}
