package join_test

import (
	"context"
	"testing"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/join"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// BenchmarkInner joins two insert-only streams whose rows have one match each:
// (id BIGINT, x BIGINT, s STRING) on both sides.
func BenchmarkInner(b *testing.B) {
	in := []types.Type{types.TBigInt, types.TBigInt, types.TString}
	var out []spec.Column
	for range 2 {
		for _, t := range in {
			out = append(out, spec.Column{Type: t})
		}
	}
	op, err := join.New(spec.Join{Type: spec.InnerJoin, LeftKeys: []int{0}, RightKeys: []int{0}}, [][]types.Type{in, in}, out)
	if err != nil {
		b.Fatal(err)
	}
	mem, err := memory.NewPool(32<<30).Reserve("join", 32<<30)
	if err != nil {
		b.Fatal(err)
	}
	st := state.NewBackend(mem, 128, state.KeyGroupRange{First: 0, Last: 127})
	defer st.Close()
	if err := op.Open(&exec.Context{Context: context.Background(), State: st, Memory: mem, BatchSize: vector.DefaultSize, Clock: clock.Real{}}); err != nil {
		b.Fatal(err)
	}
	batch := vector.NewBatch(in, vector.DefaultSize)
	next := [2]int64{0, 0}
	rows, joined, port := 0, 0, 0
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset()
		for range vector.DefaultSize {
			// The right side comes in another order than the left one.
			id := next[port]
			if port == 1 {
				id ^= 0x2a5
			}
			vector.Append(batch.Cols[0], id)
			vector.Append(batch.Cols[1], id*3)
			batch.Cols[2].AppendString("some text of the row")
			next[port]++
		}
		batch.SetLen(vector.DefaultSize)
		if err := op.Push(port, batch); err != nil {
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
			joined += o.Len()
		}
		rows += vector.DefaultSize
		port = 1 - port
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
	b.ReportMetric(float64(joined)/float64(rows), "joined/row")
	b.ReportMetric(float64(mem.Used())/float64(rows), "state-B/row")
}
