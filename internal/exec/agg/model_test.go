package agg_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// value is x and s of a row; nil = NULL.
type value struct {
	x *int64
	s *string
}

func text[T any](p *T) string {
	if p == nil {
		return "NULL"
	}
	return fmt.Sprint(*p)
}

// modelRow computes the aggregates of modelCalls over all rows of a group.
func modelRow(rows []value) string {
	var xs []int64
	var ss []string
	seen := map[int64]bool{}
	for _, r := range rows {
		if r.x != nil {
			xs = append(xs, *r.x)
			seen[*r.x] = true
		}
		if r.s != nil {
			ss = append(ss, *r.s)
		}
	}
	var sum, distinct, square int64
	for _, x := range xs {
		sum += x
		square += x * x
	}
	for x := range seen {
		distinct += x
	}
	out := []string{fmt.Sprint(len(rows)), fmt.Sprint(len(xs)), fmt.Sprint(len(seen))}
	if n := int64(len(xs)); n > 0 {
		out = append(out, fmt.Sprint(sum), fmt.Sprint(distinct), fmt.Sprint(sum/n), fmt.Sprint(slices.Min(xs)), fmt.Sprint(slices.Max(xs)),
			fmt.Sprint((square-sum*sum/n)/n))
	} else {
		out = append(out, "NULL", "NULL", "NULL", "NULL", "NULL", "NULL")
	}
	if len(ss) > 0 {
		out = append(out, slices.Min(ss), slices.Max(ss), strings.Join(ss, "+"), ss[0], ss[len(ss)-1])
	} else {
		out = append(out, "NULL", "NULL", "NULL", "NULL", "NULL")
	}
	var all []string
	for _, r := range rows {
		all = append(all, text(r.x))
	}
	return strings.Join(append(out, "["+strings.Join(all, ", ")+"]"), ", ")
}

func modelCalls() []spec.AggCall {
	n := types.TBigInt.Required()
	return []spec.AggCall{
		call("COUNT", n), call("COUNT", n, 1), {Func: "COUNT", Args: []int{1}, Distinct: true, Type: n},
		call("SUM", types.TBigInt, 1), {Func: "SUM", Args: []int{1}, Distinct: true, Type: types.TBigInt}, call("AVG", types.TBigInt, 1),
		call("MIN", types.TBigInt, 1), call("MAX", types.TBigInt, 1), call("VAR_POP", types.TBigInt, 1),
		call("MIN", types.TString, 2), call("MAX", types.TString, 2),
		{Func: "LISTAGG", Args: []int{2}, Type: types.TString, Options: map[string]string{"separator": "+"}},
		call("FIRST_VALUE", types.TString, 2), call("LAST_VALUE", types.TString, 2), call("ARRAY_AGG", types.ArrayOf(types.TBigInt), 1),
	}
}

// Row by row, the changelog is that of a group kept as a list of its rows. In
// a group that rows may leave all values differ but NULLs, so that lists have
// one answer.
func TestModel(t *testing.T) {
	for _, retract := range []bool{false, true} {
		for _, before := range []bool{true, false} {
			for seed := range uint64(3) {
				t.Run(fmt.Sprintf("retract=%v/before=%v/%d", retract, before, seed), func(t *testing.T) { testModel(t, retract, before, seed) })
			}
		}
	}
}

func testModel(t *testing.T, retract, before bool, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 17))
	groups := map[string][]value{}
	var in strings.Builder
	var want []string
	for i := range 120 {
		key := fmt.Sprint(r.IntN(4))
		if r.IntN(6) == 0 {
			key = "NULL"
		}
		rows := groups[key]
		was := modelRow(rows)
		if n := len(rows); retract && n > 0 && r.IntN(5) < 2 {
			k := r.IntN(n)
			gone := rows[k]
			if gone.x == nil { // of the NULLs in a list the first one goes
				k = slices.IndexFunc(rows, func(v value) bool { return v.x == nil })
				gone = rows[k]
			}
			groups[key] = slices.Delete(slices.Clone(rows), k, k+1)
			fmt.Fprintf(&in, "-D %s, %s, %s, 0\n", key, text(gone.x), text(gone.s))
		} else {
			var v value
			if r.IntN(5) > 0 {
				x := int64(r.IntN(9))
				if retract {
					x = int64(i)
				}
				v.x = &x
			}
			if r.IntN(5) > 0 {
				s := "s" + strconv.Itoa(i)
				v.s = &s
			}
			groups[key] = append(slices.Clone(rows), v)
			fmt.Fprintf(&in, "+I %s, %s, %s, 0\n", key, text(v.x), text(v.s))
		}
		now := modelRow(groups[key])
		switch {
		case len(rows) == 0:
			want = append(want, "+I "+key+", "+now)
		case len(groups[key]) == 0:
			want = append(want, "-D "+key+", "+was)
		default:
			if before {
				want = append(want, "-U "+key+", "+was)
			}
			want = append(want, "+U "+key+", "+now)
		}
	}
	c := group(spec.GroupAgg{Keys: []int{0}, Aggs: modelCalls(), InputRetracts: retract, EmitUpdateBefore: before}, in.String())
	got := exectest.Run(t, c)
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("row %d is\n  %s\nwant\n  %s", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
}
