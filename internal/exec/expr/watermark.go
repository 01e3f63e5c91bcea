package expr

import (
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// currentWatermark is not a kernel: it needs the marks between the rows.
const currentWatermark = "CURRENT_WATERMARK"

// watermark computes CURRENT_WATERMARK: for each row the last watermark before
// it, NULL as long as there was none.
type watermark struct {
	reg int
	out *vector.Vector
}

func (s *scope) compileWatermark(e spec.Expr) int {
	w := &watermark{out: vector.New(e.Type, vector.DefaultSize)}
	w.reg = s.newReg(nil)
	s.steps = append(s.steps, w)
	return w.reg
}

func (w *watermark) run(s *scope, n int) error {
	now := types.MinInstant
	if s.env.Watermark != nil {
		now = s.env.Watermark()
	}
	w.out.Reset()
	w.out.Resize(n)
	row := 0
	write := func(to int) {
		for ; row < to; row++ {
			if now == types.MinInstant {
				w.out.SetNull(row)
			} else {
				w.out.SetTimestamp(row, types.TimestampOfMillis(int64(now)))
			}
		}
	}
	for _, m := range s.marks.list {
		write(min(m.Row, n))
		now = max(now, m.Watermark)
	}
	write(n)
	s.regs[w.reg] = w.out
	return nil
}
