package window_test

import (
	"context"
	"testing"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/window"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// BenchmarkAgg is COUNT(*), SUM(x) by key and window: 10,000 keys, a row every
// millisecond, a watermark after each row, windows of 10 s.
func BenchmarkAgg(b *testing.B) {
	for _, w := range []spec.Window{
		{Kind: spec.Tumble, Size: 10_000, Time: 2},
		{Kind: spec.Hop, Size: 10_000, Slide: 2000, Time: 2},
		{Kind: spec.Cumulate, Size: 10_000, Slide: 2000, Time: 2},
	} {
		b.Run(string(w.Kind), func(b *testing.B) { benchAgg(b, w) })
	}
}

func benchAgg(b *testing.B, w spec.Window) {
	in := []types.Type{types.TBigInt, types.TBigInt, types.TimestampOf(3)}
	out := []spec.Column{{Type: types.TBigInt}, {Type: types.TBigInt.Required()}, {Type: types.TBigInt}, {Type: ts}, {Type: ts}}
	op, err := window.NewAgg(spec.WindowAgg{Window: w, Keys: []int{0}, Props: []string{"start", "end"},
		Aggs: []spec.AggCall{{Func: "COUNT", Type: out[1].Type}, {Func: "SUM", Args: []int{1}, Type: out[2].Type}}}, in, out)
	if err != nil {
		b.Fatal(err)
	}
	mem, err := memory.NewPool(1<<30).Reserve("agg", 1<<30)
	if err != nil {
		b.Fatal(err)
	}
	st := state.NewBackend(mem, 128, state.KeyGroupRange{First: 0, Last: 127})
	defer st.Close()
	if err := op.Open(&exec.Context{Context: context.Background(), State: st, Memory: mem, BatchSize: vector.DefaultSize, Clock: clock.Real{}, Zone: time.UTC}); err != nil {
		b.Fatal(err)
	}
	batch := vector.NewBatch(in, vector.DefaultSize)
	now, seed, rows := int64(0), uint64(1), 0
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset()
		for i := range vector.DefaultSize {
			seed = seed*6364136223846793005 + 1442695040888963407
			vector.Append(batch.Cols[0], int64(seed>>33%10_000))
			vector.Append(batch.Cols[1], int64(seed>>50))
			vector.Append(batch.Cols[2], now)
			batch.SetLen(i + 1)
			batch.Mark(types.Instant(now))
			now++
		}
		if err := op.Push(0, batch); err != nil {
			b.Fatal(err)
		}
		for {
			o, err := op.Next()
			if err != nil {
				b.Fatal(err)
			}
			if o == nil {
				break
			}
		}
		rows += vector.DefaultSize
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
