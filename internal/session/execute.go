package session

import (
	"context"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/logs"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/types"
)

var ok = &Result{Kind: OK}

func (s *Session) binder() *bind.Binder {
	return bind.New(s.catalog, bind.Options{Batch: s.batch(), NoHints: !s.settings.Bool(config.TableOptions), Script: s.opts.Script})
}

func (s *Session) execute(ctx context.Context, st ast.Statement) (*Result, []*diag.Error) {
	switch st := st.(type) {
	case *ast.QueryStatement:
		return s.query(ctx, st)
	case *ast.Insert:
		return s.insert(ctx, []*ast.Insert{st})
	case *ast.StatementSet:
		if len(st.Inserts) == 0 {
			return nil, fail("empty-statement-set", st.Pos(), "put at least one INSERT between BEGIN and END", "the statement set is empty")
		}
		return s.insert(ctx, st.Inserts)
	case *ast.Explain:
		return s.explain(st)
	case *ast.CreateTable:
		if st.Query != nil {
			return s.createTableAs(ctx, st)
		}
	case *ast.Set:
		return s.setStatement(st)
	case *ast.Reset:
		return s.reset(st)
	case *ast.Show, *ast.ShowCreate, *ast.Describe:
		return s.show(st)
	case *ast.Jar:
		verb := "ADD JAR"
		if st.Remove {
			verb = "REMOVE JAR"
		}
		return &Result{Kind: OK, Notes: []string{verb + " " + st.URI.Value + ": flott has its connectors built in; the jar is not loaded"}}, nil
	case *ast.Update:
		return nil, notSupported(st.Pos(), "INSERT INTO a table with a primary key updates by key", "UPDATE is")
	case *ast.Delete:
		return nil, notSupported(st.Pos(), "INSERT INTO another table a query that leaves those rows out", "DELETE is")
	case *ast.Merge:
		return nil, notSupported(st.Pos(), "INSERT INTO a table with a primary key updates by key", "MERGE is")
	case *ast.Truncate:
		return nil, notSupported(st.Pos(), "INSERT OVERWRITE in batch mode replaces a table's rows", "TRUNCATE TABLE is")
	case *ast.CallStatement:
		return nil, notSupported(st.Pos(), "the catalogs of flott have no procedures", "CALL is")
	case *ast.CompilePlan, *ast.ExecutePlan:
		return nil, notSupported(st.Pos(), "run the statement itself", "compiled plans are")
	case *ast.Analyze:
		return nil, notSupported(st.Pos(), "statistics are not needed to run a query", "ANALYZE TABLE is")
	case *ast.SystemOption:
		return nil, notSupported(st.Pos(), "SET 'key' = 'value' changes the session", "ALTER %s is", st.Scope)
	case *ast.StopJob:
		return s.stopJob(ctx, st)
	case *ast.Command:
		return nil, notSupported(st.Pos(), "it belongs to the prompt of Flink's client; leave it out of a script", "the client command %s is", st.Word)
	}
	if handled, errs := s.binder().DDL(st); handled {
		return done(errs)
	}
	return nil, notSupported(st.Pos(), "", "this statement is")
}

// show answers SHOW, SHOW CREATE and DESCRIBE.
func (s *Session) show(st ast.Statement) (*Result, []*diag.Error) {
	if sh, isShow := st.(*ast.Show); isShow && sh.Kind == ast.ShowJobs {
		return s.showJobs(st.Pos(), "")
	}
	if d, isDescribe := st.(*ast.Describe); isDescribe && d.Job != nil {
		return s.showJobs(d.Job.Pos(), d.Job.Value)
	}
	if sh, isShow := st.(*ast.Show); isShow && sh.Kind == ast.ShowJars {
		return &Result{Kind: Rows, Columns: []spec.Column{{Name: "jars", Type: types.TString}}}, nil
	}
	t, handled, errs := s.binder().Show(st)
	if errs != nil {
		return nil, errs
	}
	if !handled {
		return nil, notSupported(st.Pos(), "", "this form of SHOW or DESCRIBE is")
	}
	if _, isCreate := st.(*ast.ShowCreate); isCreate {
		for _, row := range t.Rows {
			for i, cell := range row {
				if cell != nil {
					masked := logs.Text(*cell)
					row[i] = &masked
				}
			}
		}
	}
	return &Result{Kind: Rows, Columns: t.Columns, Rows: t.Rows}, nil
}

func done(errs []*diag.Error) (*Result, []*diag.Error) {
	if len(errs) > 0 {
		return nil, errs
	}
	return ok, nil
}

func text(s *ast.StringLit) string {
	if s == nil {
		return ""
	}
	return s.Value
}

func (s *Session) setStatement(st *ast.Set) (*Result, []*diag.Error) {
	if st.Key == nil {
		r := &Result{Kind: Rows, Columns: []spec.Column{{Name: "key", Type: types.TString}, {Name: "value", Type: types.TString}}}
		for _, k := range s.settings.Keys() {
			v := logs.Value(k, s.settings[k])
			r.Rows = append(r.Rows, []*string{&k, &v})
		}
		return r, nil
	}
	notes, err := s.set(st.Key.Value, text(st.Value))
	if err != nil {
		at := st.Key.Pos()
		if st.Value != nil {
			at = st.Value.Pos()
		}
		return nil, placed(err, at)
	}
	return &Result{Kind: OK, Notes: notes}, nil
}

func (s *Session) reset(st *ast.Reset) (*Result, []*diag.Error) {
	if st.Key == nil {
		s.settings = map[string]string{}
		for k, v := range s.initial {
			s.settings[k] = v
		}
		return ok, nil
	}
	canonical, _ := config.Check(st.Key.Value, "")
	delete(s.settings, canonical)
	delete(s.settings, st.Key.Value)
	if v, was := s.initial[canonical]; was {
		s.settings[canonical] = v
	}
	return ok, nil
}
