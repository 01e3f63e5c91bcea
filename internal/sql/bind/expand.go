package bind

import (
	"reflect"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/plan"
)

// expansion collects, while the query of a view is bound, what its names stand
// for. Applied to the tree it makes the text that Flink keeps of a view: tables
// with their whole path, columns with their table, `*` as a list. Such a text
// means the same wherever it is read.
type expansion struct {
	tables  map[*ast.Name][]string // path of a table in FROM
	ctes    map[*ast.Name]bool
	columns map[*ast.Name]column
	stars   map[*ast.Star][]column
}

// column is a column of FROM: table is its alias, "" for one of USING.
type column struct {
	table, name string
	rest        []ast.Ident // fields of it
}

func (c column) syntax(at ast.At) *ast.Name {
	n := &ast.Name{At: at}
	if c.table != "" {
		n.Parts = append(n.Parts, ast.Ident{At: at, Name: c.table})
	}
	n.Parts = append(n.Parts, ast.Ident{At: at, Name: c.name})
	n.Parts = append(n.Parts, c.rest...)
	return n
}

// owner returns field i of a scope as a column, with its table if that has a name
// of its own.
func (s *scope) owner(i int) column {
	c := column{name: s.fields[i].Name}
	for _, r := range s.rels {
		if r.start <= i && i < r.end && len(s.relationNamed([]string{r.alias})) == 1 {
			c.table = r.alias
		}
	}
	return c
}

// meant notes what a name was found to be: field i of s, after which come the
// parts from used on.
func (x *expansion) meant(n *ast.Name, s *scope, i, used int) {
	c := s.owner(i)
	c.rest = n.Parts[used:]
	x.columns[n] = c
}

// star notes what `*` stands for.
func (x *expansion) star(st *ast.Star, s *scope) {
	var cs []column
	for _, m := range s.merged {
		cs = append(cs, column{name: m.name})
	}
	for i := range s.fields {
		if !s.hidden[i] {
			cs = append(cs, s.owner(i))
		}
	}
	x.stars[st] = cs
}

// relation notes what `t.*` stands for.
func (x *expansion) relation(st *ast.Star, s *scope, r relation) {
	var cs []column
	for i := r.start; i < r.end; i++ {
		cs = append(cs, s.owner(i))
	}
	x.stars[st] = cs
}

// expanding reports whether names are those of a view that is being made, and
// not of another that it uses.
func (b *Binder) expanding() bool { return b.expand != nil && b.inView == nil }

// apply changes the tree of the query.
func (x *expansion) apply(q *ast.Query) {
	var visit func(n ast.Node)
	visit = func(n ast.Node) {
		ast.Walk(n, func(c ast.Node) bool {
			switch c := c.(type) {
			case *ast.MatchRecognize:
				visit(c.Input) // other names belong to the pattern's variables
				return false
			case *ast.Descriptor:
				return false
			case *ast.TableArg:
				if c.Table != nil {
					x.path(c.Table.Path)
				} else if c.Query != nil {
					visit(c.Query)
				}
				return false
			case *ast.TableName:
				// A common table expression has no path, but is given an alias as well.
				if name := c.Path.Last().Name; (x.path(c.Path) || x.ctes[c.Path]) && c.Alias == nil {
					c.Alias = &ast.TableAlias{At: c.Path.At, Name: ast.Ident{At: c.Path.At, Name: name}}
				}
				if c.AsOf != nil {
					visit(c.AsOf)
				}
				return false
			case *ast.TableQuery:
				x.path(c.Path)
				return false
			case *ast.Select:
				x.items(c)
			case *ast.Name:
				if col, ok := x.columns[c]; ok {
					*c = *col.syntax(c.At)
				}
			}
			return true
		})
	}
	visit(q)
}

// expanded returns the text of a view's query with its names written out, in
// Flink's layout or, where that is not read again as the same query, in the plain
// one; and its tree. If neither is, the query stays as it was written.
func (b *Binder) expanded(cv *ast.CreateView, n plan.Node) (string, *ast.Query) {
	b.expand.apply(cv.Query)
	want := plan.String(n)
	for _, text := range []string{ast.PrintExpanded(cv.Query), ast.Print(cv.Query)} {
		if q := queryOf(text); q != nil {
			again := New(b.cat, b.opts)
			again.begin()
			again.schemaOnly = true
			if src := again.query(q, nil); src.ok() && len(again.errs) == 0 && plan.String(src.node) == want {
				return text, cv.Query // the same, with places in the script
			}
		}
	}
	if q := queryOf(cv.QueryText); q != nil {
		return cv.QueryText, q
	}
	return cv.QueryText, cv.Query
}

// relocate sets the place of every node below n: those of a tree from another
// text mean nothing here.
func relocate(n ast.Node, at diag.Span) {
	ast.Walk(n, func(c ast.Node) bool {
		if f := reflect.Indirect(reflect.ValueOf(c)).FieldByName("At"); f.IsValid() && f.CanSet() {
			f.Set(reflect.ValueOf(ast.At{Span: at}))
		}
		return true
	})
}

func queryOf(text string) *ast.Query {
	st, err := parser.ParseStatement(text)
	if q, ok := st.(*ast.QueryStatement); ok && err == nil {
		return q.Query
	}
	return nil
}

// path makes the path of a table whole.
func (x *expansion) path(n *ast.Name) bool {
	parts, ok := x.tables[n]
	if !ok {
		return false
	}
	n.Parts = nil
	for _, p := range parts {
		n.Parts = append(n.Parts, ast.Ident{At: n.At, Name: p})
	}
	return true
}

// items writes the stars of a SELECT out.
func (x *expansion) items(s *ast.Select) {
	var items []*ast.SelectItem
	for _, it := range s.Items {
		st, isStar := it.X.(*ast.Star)
		cs, known := x.stars[st]
		if !isStar || !known {
			items = append(items, it)
			continue
		}
		for _, c := range cs {
			items = append(items, &ast.SelectItem{At: it.At, X: c.syntax(st.At)})
		}
	}
	s.Items = items
}
