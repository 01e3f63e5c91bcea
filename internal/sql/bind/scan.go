package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// scan binds the reading of a table: a Scan of physical and metadata columns, a
// Project for computed columns and the Watermark. nil on a mistake.
func (b *Binder) scan(t *catalog.Table, at *ast.TableName) plan.Node {
	opts, conn := t.OptionSet(), (*connector.Connector)(nil)
	if !b.schemaOnly {
		if opts, conn = b.tableOptions(t, at.Path.Span, at.Hints); conn == nil {
			return nil
		}
	}
	if conn != nil && conn.NewSource == nil {
		b.fail(at.Path.Span, "not-a-source", "table %q cannot be read: connector %q only writes", t.Path.Name, conn.Name)
		return nil
	}
	s := &plan.Scan{Table: t, Options: opts, Alias: t.Path.Name}
	if at.Alias != nil {
		s.Alias = at.Alias.Name.Name
	}
	s.Span = at.Path.Span
	where := make([]int, len(t.Columns)) // column of the scan, -1 for computed ones
	for i, c := range t.Columns {
		where[i] = -1
		if c.Kind == catalog.Physical {
			where[i] = len(s.Columns)
			s.Columns = append(s.Columns, spec.SourceColumn{Name: c.Name, Type: c.Type})
		}
	}
	for i, c := range t.Columns {
		if c.Kind != catalog.Metadata {
			continue
		}
		m := c.Type
		if conn != nil {
			var ok bool
			if m, ok = b.metadataType(t, conn, opts, c, at, true); !ok {
				return nil
			}
		}
		where[i] = len(s.Columns)
		s.Columns = append(s.Columns, spec.SourceColumn{Name: c.Name, Type: m, Metadata: c.MetadataKey})
	}
	for _, c := range s.Columns {
		s.Out = append(s.Out, plan.Field{Name: c.Name, Type: c.Type})
	}
	exprs := make([]spec.Expr, len(t.Columns))
	out := make([]plan.Field, len(t.Columns))
	// Computed columns see the others with their declared types.
	var visible []plan.Field
	for i, c := range t.Columns {
		if where[i] >= 0 {
			exprs[i] = castTo(spec.Col(where[i], s.Out[where[i]].Type), c.Type)
			exprs[i].Type.NotNull = c.Type.NotNull
			visible = append(visible, plan.Field{Name: c.Name, Type: c.Type})
		}
	}
	lookup := func(e spec.Expr) spec.Expr {
		return plan.MapColumns(e, func(k int, _ types.Type) spec.Expr { return exprs[t.Column(visible[k].Name)] })
	}
	for i, c := range t.Columns {
		if c.Kind == catalog.Computed {
			e, ok := b.tableExpr(t, c.Expr, visible, at, "column "+c.Name)
			if !ok {
				return nil
			}
			exprs[i] = lookup(e)
		}
		out[i] = plan.Field{Name: c.Name, Type: exprs[i].Type}
	}
	node := project(s, exprs, out, s.Span)
	w := t.Watermark
	if w == nil || b.opts.Batch {
		return node
	}
	e, ok := b.tableExpr(t, w.Expr, out, at, "the watermark")
	if !ok {
		return nil
	}
	k := t.Column(w.Column)
	if k < 0 {
		b.fail(at.Path.Span, "unknown-column", "table %q: the watermark column %q does not exist", t.Path.Name, w.Column)
		return nil
	}
	wm := &plan.Watermark{Input: node, Column: k, Expr: e, Table: t, Emit: opts["scan.watermark.emit.strategy"]}
	if d, err := option.ParseDuration(opts["scan.watermark.idle-timeout"]); err == nil {
		wm.IdleTimeoutMillis = d.Milliseconds()
	}
	wm.Span = s.Span
	wm.Out = append([]plan.Field{}, out...)
	wm.Out[k].Type.Attr = types.Rowtime
	return wm
}

// tableExpr binds an expression of a table's definition over fields.
func (b *Binder) tableExpr(t *catalog.Table, x catalog.Expression, fields []plan.Field, at *ast.TableName, what string) (spec.Expr, bool) {
	e, ok := x.Syntax.(ast.Expr)
	if !ok {
		var err error
		if e, err = parseExpr(x.Text); err != nil {
			b.fail(at.Path.Span, "syntax", "table %q: %s cannot be read: %v", t.Path.Name, what, err)
			return spec.Expr{}, false
		}
	}
	outer := b.inView
	if outer == nil {
		b.inView = &viewUse{"table " + strconv.Quote(t.Path.Name), at.Path.Span}
	}
	bound := b.expr(e, &env{scope: newScope(t.Path.Name, nil, fields), clause: what})
	b.inView = outer
	return bound, !bad(bound)
}

func parseExpr(text string) (ast.Expr, error) {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// metadataType finds the type that the connector gives a metadata column.
func (b *Binder) metadataType(t *catalog.Table, conn *connector.Connector, opts option.Set, c catalog.Column, at *ast.TableName, reading bool) (types.Type, bool) {
	var keys []string
	offered := conn.Metadata
	if conn.MetadataOf != nil {
		offered = slices.Concat(offered, conn.MetadataOf(opts))
	}
	for _, m := range offered {
		if m.Key == c.MetadataKey && (reading || m.Writable) {
			if _, ok := castable(m.Type, c.Type); !ok {
				e := b.fail(at.Path.Span, "type-mismatch", "metadata column %q of table %q is %s, but connector %q has %s for key '%s'", c.Name, t.Path.Name, c.Type.Nullable(), conn.Name, m.Type.Nullable(), m.Key)
				b.point(e, t, c.Span)
				return m.Type, false
			}
			return m.Type, true
		}
		if reading || m.Writable {
			keys = append(keys, m.Key)
		}
	}
	what := "offers"
	if !reading {
		what = "writes"
	}
	e := b.fail(at.Path.Span, "unknown-metadata", "connector %q %s no metadata '%s' (column %q of table %q)", conn.Name, what, c.MetadataKey, c.Name, t.Path.Name)
	e.Help = suggest(c.MetadataKey, keys, "it "+what+": ")
	if len(keys) == 0 {
		e.Help = "it " + what + " none"
	}
	if !reading {
		e.Help = strings.TrimSpace(e.Help + "; a column that is only read is declared VIRTUAL")
	}
	b.point(e, t, c.Span)
	return types.Type{}, false
}
