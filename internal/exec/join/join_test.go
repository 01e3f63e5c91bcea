package join_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/join"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"

	_ "github.com/flott/flott/internal/function/all"
)

var row = []types.Type{types.TInt, types.TInt}

func columns(n int) (cs []spec.Column) {
	for range n {
		cs = append(cs, spec.Column{Type: types.TInt})
	}
	return cs
}

func joinCase(s spec.Join, input string) exectest.Case {
	s.LeftKeys, s.RightKeys = []int{0}, []int{0}
	out := columns(4)
	if s.Type == spec.SemiJoin || s.Type == spec.AntiJoin {
		out = columns(2)
	}
	inputs := [][]types.Type{row, row}
	return exectest.Case{
		New:    func() (exec.Operator, error) { return join.New(s, inputs, out) },
		Inputs: inputs, Keys: [][]int{{0}, {0}}, Input: input,
	}
}

func want(t *testing.T, got []string, text string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	if !slices.Equal(got, lines) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

func TestInner(t *testing.T) {
	want(t, exectest.Run(t, joinCase(spec.Join{Type: spec.InnerJoin}, `
		0: +I 1, 10
		0: +I NULL, 11
		0: ^ 5
		1: +I 1, 20
		1: +I NULL, 21
		1: ^ 3
		1: +I 2, 22
		0: +I 1, 12
		0: +I 2, 13
		1: ^ 9
		1: +I 1, 23
	`)), `
		+I 1, 10, 1, 20
		^ 3
		+I 1, 12, 1, 20
		+I 2, 13, 2, 22
		^ 5
		+I 1, 10, 1, 23
		+I 1, 12, 1, 23
	`)
}

func TestLeft(t *testing.T) {
	want(t, exectest.Run(t, joinCase(spec.Join{Type: spec.LeftJoin, LeftRetracts: true, RightRetracts: true}, `
		0: +I 1, 10
		0: +I NULL, 11
		1: +I 1, 20
		1: +I 1, 21
		1: -D 1, 20
		1: -U 1, 21
		1: +U 1, 22
		0: -D 1, 10
		0: -D NULL, 11
	`)), `
		+I 1, 10, NULL, NULL
		+I NULL, 11, NULL, NULL
		-D 1, 10, NULL, NULL
		+I 1, 10, 1, 20
		+I 1, 10, 1, 21
		-D 1, 10, 1, 20
		-U 1, 10, 1, 21
		+I 1, 10, NULL, NULL
		-D 1, 10, NULL, NULL
		+I 1, 10, 1, 22
		-D 1, 10, 1, 22
		-D NULL, 11, NULL, NULL
	`)
}

func TestSemiAnti(t *testing.T) {
	input := `
		0: +I 1, 10
		1: +I 1, 20
		0: +I 1, 11
		1: +I 1, 21
		1: -D 1, 20
		1: -D 1, 21
	`
	want(t, exectest.Run(t, joinCase(spec.Join{Type: spec.SemiJoin, RightRetracts: true}, input)), `
		+I 1, 10
		+I 1, 11
		-D 1, 10
		-D 1, 11
	`)
	want(t, exectest.Run(t, joinCase(spec.Join{Type: spec.AntiJoin, RightRetracts: true}, input)), `
		+I 1, 10
		-D 1, 10
		+I 1, 10
		+I 1, 11
	`)
}

// A side whose unique key is the join key takes updates without -U.
func TestUpsertSide(t *testing.T) {
	want(t, exectest.Run(t, joinCase(spec.Join{Type: spec.InnerJoin, RightRetracts: true, RightUnique: [][]int{{0}}}, `
		1: +I 1, 20
		0: +I 1, 10
		1: +U 1, 21
		0: +I 1, 11
		1: -D 1, 21
		0: +I 1, 12
	`)), `
		+I 1, 10, 1, 20
		+U 1, 10, 1, 21
		+I 1, 11, 1, 21
		-D 1, 10, 1, 21
		-D 1, 11, 1, 21
	`)
}

// Rows leave the state when their time is over, without a word.
func TestTTL(t *testing.T) {
	want(t, exectest.Run(t, joinCase(spec.Join{Type: spec.InnerJoin, LeftTTLMillis: 1000, RightTTLMillis: 5000}, `
		0: +I 1, 10
		1: +I 1, 20
		~ 1s
		0: +I 1, 11
		1: +I 1, 21
		~ 4s
		0: +I 1, 12
	`)), `
		+I 1, 10, 1, 20
		+I 1, 11, 1, 20
		+I 1, 11, 1, 21
		+I 1, 12, 1, 21
	`)
}

// bag is a table with duplicates, by row.
type bag map[string]int

func (b bag) change(row string, n int) {
	if b[row] += n; b[row] == 0 {
		delete(b, row)
	}
}

// model joins two bags row by row.
func model(typ spec.JoinType, left, right [][2]string, condition bool) bag {
	out := bag{}
	match := func(l, r [2]string) bool {
		return l[0] != "NULL" && l[0] == r[0] && (!condition || l[1] < r[1])
	}
	for _, l := range left {
		n := 0
		for _, r := range right {
			if match(l, r) {
				n++
				if typ != spec.SemiJoin && typ != spec.AntiJoin {
					out.change(fmt.Sprintf("%s, %s, %s, %s", l[0], l[1], r[0], r[1]), 1)
				}
			}
		}
		switch {
		case typ == spec.SemiJoin && n > 0, typ == spec.AntiJoin && n == 0:
			out.change(l[0]+", "+l[1], 1)
		case n == 0 && (typ == spec.LeftJoin || typ == spec.FullJoin):
			out.change(l[0]+", "+l[1]+", NULL, NULL", 1)
		}
	}
	for _, r := range right {
		n := 0
		for _, l := range left {
			if match(l, r) {
				n++
			}
		}
		if n == 0 && (typ == spec.RightJoin || typ == spec.FullJoin) {
			out.change("NULL, NULL, "+r[0]+", "+r[1], 1)
		}
	}
	return out
}

// The changelog, folded, is the join of the two sides at every watermark, and
// never takes away what is not there.
func TestModel(t *testing.T) {
	for _, typ := range []spec.JoinType{spec.InnerJoin, spec.LeftJoin, spec.RightJoin, spec.FullJoin, spec.SemiJoin, spec.AntiJoin} {
		for _, variant := range []string{"insert", "retract", "condition", "unique", "batch", "batch condition"} {
			for seed := range uint64(2) {
				t.Run(fmt.Sprintf("%s/%s/%d", typ, variant, seed), func(t *testing.T) { testModel(t, typ, variant, seed) })
			}
		}
	}
}

func testModel(t *testing.T, typ spec.JoinType, variant string, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 11))
	s := spec.Join{Type: typ}
	condition := strings.HasSuffix(variant, "condition")
	if condition {
		e := spec.Call("<", types.TBoolean, spec.Col(1, types.TInt), spec.Col(3, types.TInt))
		s.Condition = &e
	}
	batch := strings.HasPrefix(variant, "batch")
	retract := variant != "insert" && !batch
	s.LeftRetracts, s.RightRetracts = retract, retract
	if variant == "unique" {
		s.LeftUnique, s.RightUnique = [][]int{{1}}, [][]int{{1}}
	}
	var sides [2][][2]string
	var in strings.Builder
	states := map[string]bag{}
	next := [2]int{10, 10}
	for i := range 80 {
		p := r.IntN(2)
		if n := len(sides[p]); retract && n > 0 && r.IntN(3) == 0 {
			k := r.IntN(n)
			gone := sides[p][k]
			sides[p] = slices.Delete(sides[p], k, k+1)
			fmt.Fprintf(&in, "%d: -D %s, %s\n", p, gone[0], gone[1])
		} else {
			key := fmt.Sprint(r.IntN(4))
			if r.IntN(8) == 0 {
				key = "NULL"
			}
			v := 10 + r.IntN(5) // two digits, so that text compares as numbers do
			if variant == "unique" {
				v = next[p]
				next[p]++
			}
			x := [2]string{key, fmt.Sprint(v)}
			sides[p] = append(sides[p], x)
			fmt.Fprintf(&in, "%d: +I %s, %s\n", p, x[0], x[1])
		}
		if i%9 == 0 && !batch {
			fmt.Fprintf(&in, "0: ^ %d\n1: ^ %d\n", i, i)
			states[fmt.Sprintf("^ %d", i)] = model(typ, sides[0], sides[1], condition)
		}
	}
	fmt.Fprintf(&in, "0: ^ end\n1: ^ end\n")
	states["^ end"] = model(typ, sides[0], sides[1], condition)
	c := joinCase(s, in.String())
	c.Batch = batch
	if variant != "insert" {
		// Restored lists keep their order, but a key deleted and made again
		// finds other rows in other places.
		c.Unordered = true
	}
	now := bag{}
	for _, l := range exectest.Run(t, c) {
		if l[0] == '^' {
			if w, ok := states[l]; ok && !maps.Equal(now, w) {
				t.Fatalf("at %s the table is\n%v\nwant\n%v", l, now, w)
			}
			continue
		}
		n := 1
		if k := l[:2]; k == "-D" || k == "-U" {
			n = -1
		}
		now.change(l[3:], n)
		if now[l[3:]] < 0 {
			t.Fatalf("%s takes away a row that isn't there", l)
		}
	}
	if !maps.Equal(now, states["^ end"]) {
		t.Fatalf("at the end the table is\n%v\nwant\n%v", now, states["^ end"])
	}
}
