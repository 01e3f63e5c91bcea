package changelog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/changelog"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TestCompact tells the story of some bundles. How they are cut is the point here,
// so batches are as given: words are rows like +Ia1 (key a, value 1), ^7 is a
// watermark, | ends a batch, + moves the clock by a second, ! is a checkpoint.
// Rows come with -U, but for those of the cases of upserts.
func TestCompact(t *testing.T) {
	for _, c := range []struct{ name, input, want string }{
		{"latency between -U and +U", "-Ua1 + + +Ua2 -Ua2 +Ua3 .", "-Ua1 +Ua3"},
		{"latency between -U and +U, another bundle", "-Ua1 + + +Ua2 | -Ua2 +Ua3 .", "-Ua1 +Ua2 -Ua2 +Ua3"},
		{"latency after -U, then the end", "-Ua1 + + .", "-Da1"},
		{"a checkpoint between -U and +U", "-Ua1 ! +Ua2 -Ua2 +Ua3 | -Ua3 +Ua4 .", "-Da1 +Ia4"},
		{"an insert and its updates", "+Ia1 -Ua1 +Ua2 -Ua2 +Ua3 .", "+Ia3"},
		{"what was there before", "-Ua1 +Ua2 -Ua2 +Ua3 +Ib1 .", "-Ua1 +Ua3 +Ib1"},
		{"back to where it was", "-Ua1 +Ua2 -Ua2 +Ua1 .", ""},
		{"come and gone", "+Ia1 -Da1 -Ub1 .", "-Db1"},
		{"gone and come", "-Da1 +Ia2 .", "-Ua1 +Ua2"},
		{"over batches", "+Ia1 | -Ua1 +Ua2 | +Ib1 .", "+Ia2 +Ib1"},
		{"four keys are a bundle", "+Ia1 +Ib1 -Ua1 +Ua2 +Ic1 +Id1 | -Ua2 +Ua3 .", "+Ia2 +Ib1 +Ic1 +Id1 -Ua2 +Ua3"},
		{"an update is not cut", "+Ia1 +Ib1 +Ic1 +Id1 -Ua1 | +Ua2 .", "+Ia2 +Ib1 +Ic1 +Id1"},
		{"latency", "+Ia1 + -Ua1 +Ua2 + -Ua2 +Ua3 .", "+Ia2 -Ua2 +Ua3"},
		{"a checkpoint", "+Ia1 ! -Ua1 +Ua2 .", "+Ia1 -Ua1 +Ua2"},
		{"watermarks wait for the rows before them", "^1 | +Ia1 ^2 -Ua1 +Ua2 ^3 .", "^1 +Ia2 ^3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := compact(t, c.input, false); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	for _, c := range []struct{ name, input, want string }{
		{"updates", "+Ua2 +Ua3 +Ub1 -Db1 .", "+Ua3 -Db1"},
		{"over bundles", "+Ia1 ! +Ua2 +Ua3 ! -Da3 +Ia4 .", "+Ia1 +Ua3 +Ua4"},
		{"inserts", "+Ia1 +Ua2 +Ib1 -Db1 .", "+Ia2"},
	} {
		t.Run("upserts: "+c.name, func(t *testing.T) {
			if got := compact(t, c.input, true); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func compact(t *testing.T, input string, upserts bool) string {
	in := []types.Type{types.TString, types.TInt}
	op, err := changelog.NewCompact(spec.Compact{Keys: []int{0}, Size: 4, LatencyMillis: 2000, InputUpserts: upserts}, in)
	if err != nil {
		t.Fatal(err)
	}
	pool := memory.NewPool(1 << 26)
	mem, err := pool.Reserve("op", 1<<26)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewVirtual(time.UnixMilli(0))
	st := state.NewBackend(mem, 128, state.KeyGroupRange{Last: 127})
	if err := op.Open(&exec.Context{Context: context.Background(), State: st, Memory: mem, BatchSize: 3, Clock: now}); err != nil {
		t.Fatal(err)
	}
	var out []string
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := op.Next()
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				return
			}
			marks := b.Marks
			for i := 0; i <= b.Len(); i++ {
				for len(marks) > 0 && marks[0].Row == i {
					out = append(out, fmt.Sprintf("^%d", marks[0].Watermark))
					marks = marks[1:]
				}
				if i < b.Len() {
					out = append(out, fmt.Sprintf("%s%s%d", b.Kind(i), b.Cols[0].Bytes(i), b.Cols[1].Int32s()[i]))
				}
			}
		}
	}
	b := vector.NewBatch(in, 0)
	push := func() {
		if !b.Empty() {
			must(op.Push(0, b))
		}
		b = vector.NewBatch(in, 0)
	}
	kinds := map[string]types.RowKind{"+I": types.Insert, "-U": types.UpdateBefore, "+U": types.UpdateAfter, "-D": types.Delete}
	for _, w := range strings.Fields(input) {
		switch {
		case w == "|":
			push()
		case w == "+":
			push()
			now.Advance(time.Second)
			if at, ok := op.Deadline(); ok && at <= types.Instant(now.Now().UnixMilli()) {
				must(op.Advance(types.Instant(now.Now().UnixMilli())))
			}
		case w == "!":
			push()
			must(op.Flush())
		case w == ".":
			push()
			must(op.Finish(0))
		case w[0] == '^':
			b.Mark(types.Instant(w[1] - '0'))
		default:
			b.Cols[0].AppendString(w[2:3])
			vector.Append(b.Cols[1], int32(w[3]-'0'))
			b.AppendKind(kinds[w[:2]])
			b.SetLen(b.Len() + 1)
		}
	}
	must(op.Close())
	st.Close()
	mem.Close()
	if used := pool.Stats().Used; used != 0 {
		t.Errorf("%d bytes are still taken", used)
	}
	return strings.Join(out, " ")
}
