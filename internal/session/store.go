package session

import (
	"fmt"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/parser"
)

// openStore gives the catalog its store and the way to read what lies in folders.
// The options count when a session begins: SET moves it to no other store.
func (s *Session) openStore() *diag.Error {
	s.catalog.SetReader(s.readEntry)
	wrong := func(help, format string, args ...any) *diag.Error {
		return &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Help: help}
	}
	switch kind := strings.ToLower(s.settings.Text(config.CatalogStore)); kind {
	case catalog.InMemory:
		return nil
	case "file":
		path := s.settings.Text(config.CatalogStorePath)
		if path == "" {
			return wrong("set '"+config.CatalogStorePath.Key+"' to a folder", "%q is file, and %q is not set", config.CatalogStore.Key, config.CatalogStorePath.Key)
		}
		store, err := catalog.OpenStore(path)
		if err != nil {
			return err
		}
		return s.catalog.UseStore(store)
	default:
		return wrong("write generic_in_memory or file", "there is no catalog store of kind %q", kind)
	}
}

// readEntry makes an object of the statement in a catalog's folder.
func (s *Session) readEntry(p catalog.Path, statement string) (x any, err *diag.Error) {
	st, err := parser.ParseStatement(statement)
	if err != nil {
		return nil, err
	}
	first := func(errs []*diag.Error) *diag.Error {
		if len(errs) > 0 {
			return errs[0]
		}
		return nil
	}
	name := &ast.Name{At: ast.At{Span: st.Pos()}}
	for _, part := range []string{p.Catalog, p.Database, p.Name} {
		name.Parts = append(name.Parts, ast.Ident{At: name.At, Name: part})
	}
	s.catalog.Within(p.Catalog, p.Database, func() {
		b := bind.New(s.catalog, bind.Options{Batch: s.batch(), Script: statement})
		switch st := st.(type) {
		case *ast.CreateTable:
			st.Path = name
			t, errs := b.CreateTable(st)
			x, err = t, first(errs)
		case *ast.CreateView:
			st.Path = name
			v, errs := b.CreateView(st)
			x, err = v, first(errs)
		case *ast.CreateFunction:
			st.Path = name
			f, errs := b.Function(st)
			x, err = f, first(errs)
		case *ast.CreateModel:
			st.Path = name
			m, errs := b.Model(st)
			x, err = m, first(errs)
		case *ast.CreateDatabase:
			d := &catalog.Database{Name: p.Database, Comment: text(st.Comment), Options: map[string]string{}}
			for _, o := range st.With {
				d.Options[o.Key.Value] = o.Value.Value
			}
			x = d
		default:
			err = &diag.Error{Code: "wrong-kind", Stage: diag.StageValidate, Message: "it holds no CREATE statement"}
		}
	})
	return x, err
}
