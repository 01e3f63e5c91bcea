package cast

import (
	"math"
	"strconv"
	"testing"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TestIntegersToText casts batches of the longest numbers, and of NULLs between
// short ones, into a column that is used again.
func TestIntegersToText(t *testing.T) {
	cast, err := Convert(&function.Env{}, types.TBigInt, types.TString, false)
	if err != nil {
		t.Fatal(err)
	}
	out := vector.New(types.TString, 1)
	for _, n := range []int{0, 1, 3, 1000} {
		for _, value := range []func(i int) int64{
			func(int) int64 { return math.MinInt64 },
			func(i int) int64 { return int64(i) - 500 },
		} {
			in := vector.New(types.TBigInt, n)
			for i := range n {
				if i%3 == 1 {
					in.AppendNull()
				} else {
					vector.Append(in, value(i))
				}
			}
			out.Reset()
			if err := cast([]*vector.Vector{in}, out, n); err != nil {
				t.Fatal(err)
			}
			if out.Len() != n {
				t.Fatalf("%d rows, want %d", out.Len(), n)
			}
			for i := range n {
				want := ""
				if i%3 != 1 {
					want = strconv.FormatInt(value(i), 10)
				}
				if got := string(out.Bytes(i)); got != want {
					t.Fatalf("row %d of %d: %q, want %q", i, n, got, want)
				}
			}
		}
	}
}
