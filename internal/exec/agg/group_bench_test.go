package agg_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// BenchmarkGroupAgg is SELECT k, COUNT(*), SUM(x) FROM t GROUP BY k with 100,000
// keys, insert-only, -U and +U put out for each row.
func BenchmarkGroupAgg(b *testing.B) {
	for _, key := range []types.Type{types.TBigInt, types.TInt, types.TString} {
		for _, batch := range []bool{false, true} {
			name := key.String() + "/streaming"
			if batch {
				name = key.String() + "/batch"
			}
			b.Run(name, func(b *testing.B) { benchGroup(b, key, batch) })
		}
	}
}

func benchGroup(b *testing.B, key types.Type, batch bool) {
	in := []types.Type{key, types.TBigInt}
	out := []spec.Column{{Name: "k", Type: key}, {Name: "n", Type: types.TBigInt.Required()}, {Name: "s", Type: types.TBigInt}}
	op, err := agg.New(spec.GroupAgg{
		Keys: []int{0}, EmitUpdateBefore: true,
		Aggs: []spec.AggCall{{Func: "COUNT", Type: out[1].Type}, {Func: "SUM", Args: []int{1}, Type: out[2].Type}},
	}, in, out)
	if err != nil {
		b.Fatal(err)
	}
	mem, err := memory.NewPool(1<<30).Reserve("agg", 1<<30)
	if err != nil {
		b.Fatal(err)
	}
	st := state.NewBackend(mem, 128, state.KeyGroupRange{First: 0, Last: 127})
	defer st.Close()
	if err := op.Open(&exec.Context{Context: context.Background(), State: st, Memory: mem, BatchSize: vector.DefaultSize, Clock: clock.Real{}, Batch: batch}); err != nil {
		b.Fatal(err)
	}
	const batches = 512
	ins := make([]*vector.Batch, batches)
	seed := uint64(1)
	for i := range ins {
		ins[i] = vector.NewBatch(in, vector.DefaultSize)
		for range vector.DefaultSize {
			seed = seed*6364136223846793005 + 1442695040888963407
			switch k := seed >> 33 % 100_000; key.Phys() {
			case types.PhysInt64:
				vector.Append(ins[i].Cols[0], int64(k))
			case types.PhysInt32:
				vector.Append(ins[i].Cols[0], int32(k))
			default:
				ins[i].Cols[0].AppendString("user-" + strconv.Itoa(int(k)))
			}
			vector.Append(ins[i].Cols[1], int64(seed>>50))
		}
		ins[i].SetLen(vector.DefaultSize)
	}
	rows, i := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		if err := op.Push(0, ins[i%batches]); err != nil {
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
		i++
		rows += vector.DefaultSize
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
