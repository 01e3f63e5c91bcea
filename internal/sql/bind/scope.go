package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// source is a bound table expression: a plan and the names it can be used by.
type source struct {
	node  plan.Node
	scope *scope
}

// scope is the set of names that expressions of one SELECT can use.
type scope struct {
	fields []plan.Field // of the plan below
	rels   []relation
	// merged are the columns of USING and NATURAL joins, which come first in
	// `*`; hidden are the fields they stand for.
	merged []mergedColumn
	hidden map[int]bool
	// parent is the scope of the query around the subquery sub.
	parent *scope
	sub    *subquery
	ctes   *cteScope
}

// relation is a table of FROM: fields [start, end).
type relation struct {
	alias      string
	path       []string // catalog, database, table; nil if it has an alias or is no table
	start, end int
}

type mergedColumn struct {
	name string
	expr spec.Expr
}

// cteScope is the list of common table expressions in force.
type cteScope struct {
	parent *cteScope
	name   string
	src    *source
}

func (c *cteScope) find(name string) *source {
	for ; c != nil; c = c.parent {
		if c.name == name {
			return c.src
		}
	}
	return nil
}

// newScope returns the scope of one relation.
func newScope(alias string, path []string, fields []plan.Field) *scope {
	return &scope{fields: fields, rels: []relation{{alias, path, 0, len(fields)}}}
}

// join returns the scope of two inputs side by side.
func (s *scope) join(r *scope) *scope {
	n := len(s.fields)
	out := &scope{fields: append(slices.Clone(s.fields), r.fields...), parent: s.parent, sub: s.sub, ctes: s.ctes, hidden: map[int]bool{}}
	out.rels = slices.Clone(s.rels)
	for _, rel := range r.rels {
		rel.start += n
		rel.end += n
		out.rels = append(out.rels, rel)
	}
	out.merged = slices.Clone(s.merged)
	for _, m := range r.merged {
		out.merged = append(out.merged, mergedColumn{m.name, plan.Shift(m.expr, n)})
	}
	for i := range s.hidden {
		out.hidden[i] = true
	}
	for i := range r.hidden {
		out.hidden[i+n] = true
	}
	return out
}

// columnsNamed returns the expressions that an unqualified name may mean here.
func (s *scope) columnsNamed(name string) []spec.Expr {
	var out []spec.Expr
	for _, m := range s.merged {
		if m.name == name {
			out = append(out, m.expr)
		}
	}
	for i, f := range s.fields {
		if f.Name == name && !s.hidden[i] {
			out = append(out, spec.Col(i, f.Type))
		}
	}
	return out
}

// relationNamed returns the relations that a qualifier means.
func (s *scope) relationNamed(parts []string) []relation {
	var out []relation
	for _, r := range s.rels {
		if len(parts) == 1 && r.alias == parts[0] && r.alias != "" {
			out = append(out, r)
		} else if n := len(parts); n > 1 && n <= len(r.path) && slices.Equal(r.path[len(r.path)-n:], parts) {
			out = append(out, r)
		}
	}
	return out
}

// lookup finds the column that begins a compound name; used is how many parts
// it took (the rest are fields of it). In scopes around it goes on outwards.
func (b *Binder) lookup(n *ast.Name, s *scope) (e spec.Expr, used int, ok bool) {
	parts := n.Strings()
	for k := len(parts) - 1; k >= 1; k-- {
		rels := s.relationNamed(parts[:k])
		if len(rels) == 0 {
			continue
		}
		if len(rels) > 1 {
			b.fail(n.Span, "ambiguous-column", "table name %q is ambiguous", strings.Join(parts[:k], "."))
			return poison(), 0, true
		}
		r := rels[0]
		var hits []int
		for i := r.start; i < r.end; i++ {
			if s.fields[i].Name == parts[k] {
				hits = append(hits, i)
			}
		}
		switch len(hits) {
		case 1:
			if b.expanding() {
				b.expand.meant(n, s, hits[0], k+1)
			}
			return spec.Col(hits[0], s.fields[hits[0]].Type), k + 1, true
		case 0:
			if len(s.columnsNamed(parts[0])) > 0 {
				continue // t.x where t is also a column
			}
			b.unknownColumn(n.Parts[k].Span, parts[k], s.fields[r.start:r.end], r.alias)
		default:
			b.fail(n.Span, "ambiguous-column", "column %q is ambiguous: %q has it more than once", parts[k], r.alias)
		}
		return poison(), 0, true
	}
	switch hits := s.columnsNamed(parts[0]); {
	case len(hits) == 1:
		if e := hits[0]; b.expanding() && e.Column != nil && s.fields[*e.Column].Name == parts[0] && !s.hidden[*e.Column] {
			b.expand.meant(n, s, *e.Column, 1)
		}
		return hits[0], 1, true
	case len(hits) > 1:
		e := b.fail(n.Parts[0].Span, "ambiguous-column", "column %q is ambiguous", parts[0])
		var owners []string
		for _, r := range s.rels {
			for i := r.start; i < r.end; i++ {
				if s.fields[i].Name == parts[0] && r.alias != "" && !slices.Contains(owners, r.alias) {
					owners = append(owners, r.alias)
				}
			}
		}
		for i, o := range owners {
			owners[i] = o + "." + parts[0]
		}
		e.Help = "write " + strings.Join(owners, " or ")
		return poison(), 0, true
	}
	if s.parent != nil {
		e, used, ok := b.lookup(n, s.parent)
		if !ok || bad(e) {
			return e, used, ok
		}
		return s.sub.outer(e), used, true
	}
	return poison(), 0, false
}

// column binds a (compound) name.
func (b *Binder) column(n *ast.Name, s *scope) spec.Expr {
	e, used, ok := b.lookup(n, s)
	if !ok {
		b.unknownName(n, s)
		return poison()
	}
	if bad(e) {
		return e
	}
	if e.Column != nil {
		b.spans[e.Column] = n.Span
	}
	for _, p := range n.Parts[used:] {
		if e = b.field(e, p); bad(e) {
			return e
		}
	}
	return e
}

// field binds x.name.
func (b *Binder) field(x spec.Expr, name ast.Ident) spec.Expr {
	t := x.Type
	if t.Kind != types.Row && t.Kind != types.Structured {
		b.fail(name.Span, "unknown-field", "a value of type %s has no field %q", t.WithAttr(types.NoAttr), name.Name)
		return poison()
	}
	for i, f := range t.Fields {
		if f.Name == name.Name {
			r := f.Type
			if !t.NotNull {
				r.NotNull = false
			}
			return spec.Call("FIELD", r, x, spec.Lit(types.TInt.Required(), strconv.Itoa(i)))
		}
	}
	var names []string
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	e := b.fail(name.Span, "unknown-column", "the row has no field %q", name.Name)
	e.Help = suggest(name.Name, names, "the row has: ")
	return poison()
}

// bareFunctions are called without parentheses, so that one misspelt looks like a
// column.
var bareFunctions = []string{"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"}

func (b *Binder) unknownName(n *ast.Name, s *scope) {
	if len(n.Parts) > 1 {
		// Perhaps the qualifier is wrong, not the column.
		var aliases []string
		for sc := s; sc != nil; sc = sc.parent {
			for _, r := range sc.rels {
				if r.alias != "" {
					aliases = append(aliases, r.alias)
				}
			}
		}
		e := b.fail(n.Parts[0].Span, "unknown-table", "table %q does not exist here", n.Parts[0].Name)
		e.Help = suggest(n.Parts[0].Name, aliases, "FROM has: ")
		return
	}
	label := ""
	if len(s.rels) == 1 {
		label = s.rels[0].alias
	}
	fields := s.fields
	if len(fields) == 0 && s.parent == nil {
		e := b.fail(n.Span, "unknown-column", "column %q does not exist: there is no table to read it from", n.Parts[0].Name)
		e.Help = "write a string as '" + n.Parts[0].Name + "', or add FROM"
		if near := diag.Nearest(n.Parts[0].Name, bareFunctions); near != "" && len(n.Parts) == 1 {
			e.Help = "did you mean " + near + "?"
		}
		return
	}
	for sc := s.parent; sc != nil; sc = sc.parent {
		fields = append(slices.Clone(fields), sc.fields...)
	}
	b.unknownColumn(n.Parts[0].Span, n.Parts[0].Name, fields, label)
}

func (b *Binder) unknownColumn(at diag.Span, name string, fields []plan.Field, table string) {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	e := b.fail(at, "unknown-column", "column %q does not exist", name)
	list := "there are: "
	if table != "" {
		list = table + " has: "
	}
	e.Help = suggest(name, names, list)
}

// suggest makes the help for an unknown name: the nearest one, if any, and up
// to five candidates.
func suggest(name string, candidates []string, list string) string {
	all := ""
	if len(candidates) > 0 {
		all = list + strings.Join(candidates[:min(5, len(candidates))], ", ")
		if len(candidates) > 5 {
			all += ", …"
		}
	}
	near := diag.Nearest(name, candidates)
	if near == "" {
		return all
	}
	s := "did you mean " + strconv.Quote(near) + "?"
	if all != "" {
		s += " (" + all + ")"
	}
	return s
}

// star returns the columns of `*` or `t.*` with their names.
func (b *Binder) star(x *ast.Star, s *scope) (exprs []spec.Expr, names []string) {
	col := func(i int) {
		e := spec.Col(i, s.fields[i].Type)
		b.spans[e.Column] = x.Span
		exprs, names = append(exprs, e), append(names, s.fields[i].Name)
	}
	if x.Qualifier == nil {
		if len(s.fields) == 0 {
			b.fail(x.Span, "no-table", "* needs a table: this SELECT has no FROM")
			return nil, nil
		}
		if b.expanding() {
			b.expand.star(x, s)
		}
		for _, m := range s.merged {
			exprs, names = append(exprs, m.expr), append(names, m.name)
		}
		for i := range s.fields {
			if !s.hidden[i] {
				col(i)
			}
		}
		return exprs, names
	}
	rels := s.relationNamed(x.Qualifier.Strings())
	if len(rels) > 0 {
		if b.expanding() {
			b.expand.relation(x, s, rels[0])
		}
		for i := rels[0].start; i < rels[0].end; i++ {
			col(i)
		}
		return exprs, names
	}
	// r.* of a row column.
	e, used, ok := b.lookup(x.Qualifier, s)
	if !ok {
		var aliases []string
		for _, r := range s.rels {
			if r.alias != "" {
				aliases = append(aliases, r.alias)
			}
		}
		err := b.fail(x.Qualifier.Span, "unknown-table", "table %q does not exist here", x.Qualifier.String())
		err.Help = suggest(x.Qualifier.String(), aliases, "FROM has: ")
		return nil, nil
	}
	for _, p := range x.Qualifier.Parts[used:] {
		e = b.field(e, p)
	}
	return b.rowStar(e, x.Span)
}

// rowStar returns the fields of a row value.
func (b *Binder) rowStar(e spec.Expr, at diag.Span) (exprs []spec.Expr, names []string) {
	if bad(e) {
		return nil, nil
	}
	if e.Type.Kind != types.Row && e.Type.Kind != types.Structured {
		b.fail(at, "type-mismatch", "only a ROW has fields for *, not %s", e.Type)
		return nil, nil
	}
	for _, f := range e.Type.Fields {
		exprs = append(exprs, b.field(e, ast.Ident{At: ast.At{Span: at}, Name: f.Name}))
		names = append(names, f.Name)
	}
	return exprs, names
}
