package table

import (
	"fmt"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/vector"
)

// notNull is `table.exec.sink.not-null-enforcer`: it refuses or drops rows with
// NULL in a NOT NULL column at the end of a job.
type notNull struct {
	table   string
	columns []spec.Column
	checked []int // columns that are NOT NULL
	drop    bool
	sel     []int32
	kept    vector.Batch
}

func newNotNull(table string, columns []spec.Column, drop bool) *notNull {
	n := &notNull{table: table, columns: columns, drop: drop}
	for i, c := range columns {
		if c.Type.NotNull {
			n.checked = append(n.checked, i)
		}
	}
	return n
}

// enforce returns the rows of b that may pass, lent until the next call.
func (n *notNull) enforce(b *vector.Batch) (*vector.Batch, error) {
	clean := true
	for _, c := range n.checked {
		clean = clean && !b.Cols[c].HasNulls()
	}
	if clean {
		return b, nil
	}
	n.sel = n.sel[:0]
rows:
	for i := range b.Len() {
		for _, c := range n.checked {
			if !b.Cols[c].IsNull(i) {
				continue
			}
			if n.drop {
				continue rows
			}
			return nil, &diag.Error{
				Code: "null-in-sink", Stage: diag.StageRun, Permanent: true,
				Message: fmt.Sprintf("column %q of %s is NOT NULL, but NULL is being written into it", n.columns[c].Name, n.table),
				Help:    "SET 'table.exec.sink.not-null-enforcer' = 'DROP' drops such rows",
			}
		}
		n.sel = append(n.sel, int32(i))
	}
	if len(n.sel) == b.Len() {
		return b, nil
	}
	if n.kept.Cols == nil {
		for _, c := range b.Cols {
			n.kept.Cols = append(n.kept.Cols, vector.New(c.Type(), 0))
		}
	}
	n.kept.Gather(b, n.sel)
	return &n.kept, nil
}
