package ast

import "strings"

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *QueryStatement:
		p.execute(s.Execute)
		p.query(s.Query)
	case *Insert:
		p.insert(s)
	case *StatementSet:
		p.statementSet(s)
	case *Update:
		p.target("UPDATE ", s.Target, s.Hints, s.Alias)
		p.put(" SET ")
		p.assignments(s.Set)
		p.where(s.Where)
	case *Delete:
		p.target("DELETE FROM ", s.Target, s.Hints, s.Alias)
		p.where(s.Where)
	case *Merge:
		p.merge(s)
	case *Truncate:
		p.put("TRUNCATE TABLE ")
		p.name(s.Path)
	case *CallStatement:
		p.put("CALL ")
		p.plainCall(s.Call)
	case *Explain:
		p.put("EXPLAIN ")
		if s.Details != nil {
			p.put(strings.Join(s.Details, ", "), " ")
		} else {
			p.put("PLAN FOR ")
		}
		p.statement(s.Statement)
	case *CompilePlan:
		p.put("COMPILE ")
		if s.Execute {
			p.put("AND EXECUTE ")
		}
		p.put("PLAN ")
		p.str(s.File)
		p.ifNotExists(s.IfNotExists)
		p.put(" FOR ")
		p.statement(s.Statement)
	case *ExecutePlan:
		p.put("EXECUTE PLAN ")
		p.str(s.File)
	case *Describe:
		p.describe(s)
	case *Analyze:
		p.analyze(s)
	case *Show:
		p.show(s)
	case *ShowCreate:
		p.put("SHOW CREATE ")
		if s.OrAlter {
			p.put("OR ALTER ")
		}
		p.put(string(s.Kind), " ")
		p.name(s.Path)
	default:
		p.session(s)
	}
}

// session prints the statements that change the session, and hands on the rest.
func (p *printer) session(s Statement) {
	switch s := s.(type) {
	case *Use:
		p.put("USE ")
		if s.Catalog {
			p.put("CATALOG ")
		}
		p.name(s.Path)
	case *UseModules:
		p.put("USE MODULES ")
		each(p, s.Names, p.ident)
	case *Set:
		p.put("SET")
		if s.Key != nil {
			p.put(" ")
			p.option(&Option{Key: s.Key, Value: s.Value})
		}
	case *Reset:
		p.put("RESET")
		if s.Key != nil {
			p.put(" ")
			p.str(s.Key)
		}
	case *SystemOption:
		p.put("ALTER ", s.Scope)
		switch {
		case s.Value != nil:
			p.put(" SET ")
			p.name(s.Name)
			p.put(" = ")
			p.expr(s.Value)
		case s.Name != nil:
			p.put(" RESET ")
			p.name(s.Name)
		default:
			p.put(" RESET ALL")
		}
	case *LoadModule:
		p.put("LOAD MODULE ")
		p.ident(s.Name)
		p.with(s.Options)
	case *UnloadModule:
		p.put("UNLOAD MODULE ")
		p.ident(s.Name)
	case *Jar:
		if s.Remove {
			p.put("REMOVE JAR ")
		} else {
			p.put("ADD JAR ")
		}
		p.str(s.URI)
	case *StopJob:
		p.put("STOP JOB ")
		p.str(s.ID)
		if s.Savepoint {
			p.put(" WITH SAVEPOINT")
		}
		if s.Drain {
			p.put(" WITH DRAIN")
		}
	case *Command:
		p.put(s.Word)
	default:
		p.ddl(s)
	}
}

func (p *printer) execute(e bool) {
	if e {
		p.put("EXECUTE ")
	}
}

func (p *printer) ifNotExists(b bool) {
	if b {
		p.put(" IF NOT EXISTS")
	}
}

func (p *printer) ifExists(b bool) {
	if b {
		p.put(" IF EXISTS")
	}
}

func (p *printer) where(x Expr) {
	if x != nil {
		p.line()
		p.put("WHERE ")
		p.expr(x)
	}
}

func (p *printer) insert(s *Insert) {
	p.execute(s.Execute)
	switch {
	case s.Upsert:
		p.put("UPSERT INTO ")
	case s.Overwrite:
		p.put("INSERT OVERWRITE ")
	default:
		p.put("INSERT INTO ")
	}
	p.name(s.Target)
	if s.Hints != nil {
		p.put(" ")
		p.hints(s.Hints)
	}
	if s.Partition != nil {
		p.put(" PARTITION ")
		p.partition(s.Partition)
	}
	if s.Columns != nil {
		p.put(" (")
		each(p, s.Columns, p.name)
		p.put(")")
	}
	p.line()
	p.query(s.Query)
	if s.OnConflict != "" {
		p.put(" ON CONFLICT DO ", s.OnConflict)
	}
}

func (p *printer) partition(l []*PartitionValue) {
	p.put("(")
	each(p, l, func(v *PartitionValue) {
		p.ident(v.Key)
		if v.Value != nil {
			p.put(" = ")
			p.expr(v.Value)
		}
	})
	p.put(")")
}

func (p *printer) statementSet(s *StatementSet) {
	if s.Client {
		p.put("BEGIN STATEMENT SET;")
	} else {
		p.execute(s.Execute)
		p.put("STATEMENT SET BEGIN")
	}
	p.depth++
	for _, i := range s.Inserts {
		p.line()
		p.insert(i)
		p.put(";")
	}
	p.depth--
	p.line()
	p.put("END")
}

func (p *printer) target(words string, n *Name, hints []*Hint, alias *Ident) {
	p.put(words)
	p.name(n)
	if hints != nil {
		p.put(" ")
		p.hints(hints)
	}
	if alias != nil {
		p.put(" AS ")
		p.ident(*alias)
	}
}

func (p *printer) assignments(l []*Assignment) {
	each(p, l, func(a *Assignment) {
		p.name(a.Column)
		p.put(" = ")
		p.expr(a.Value)
	})
}

func (p *printer) merge(s *Merge) {
	p.target("MERGE INTO ", s.Target, nil, s.Alias)
	p.put(" USING ")
	p.table(s.Source)
	p.put(" ON ")
	p.expr(s.On)
	if s.Update != nil {
		p.put(" WHEN MATCHED THEN UPDATE SET ")
		p.assignments(s.Update)
	}
	if s.Values != nil {
		p.put(" WHEN NOT MATCHED THEN INSERT ")
		if s.Columns != nil {
			p.put("(")
			each(p, s.Columns, p.name)
			p.put(") ")
		}
		p.put("VALUES ")
		p.listOrQuery(s.Values, nil)
	}
}

func (p *printer) describe(s *Describe) {
	p.put("DESCRIBE ")
	if s.Kind != ObjectTable {
		p.put(string(s.Kind), " ")
	}
	if s.Extended {
		p.put("EXTENDED ")
	}
	if s.Job != nil {
		p.str(s.Job)
		return
	}
	p.name(s.Path)
}

func (p *printer) analyze(s *Analyze) {
	p.put("ANALYZE TABLE ")
	p.name(s.Path)
	if s.Partition != nil {
		p.put(" PARTITION ")
		p.partition(s.Partition)
	}
	p.put(" COMPUTE STATISTICS")
	switch {
	case s.AllColumns:
		p.put(" FOR ALL COLUMNS")
	case s.Columns != nil:
		p.put(" FOR COLUMNS ")
		each(p, s.Columns, p.ident)
	}
}

func (p *printer) show(s *Show) {
	p.put("SHOW ", string(s.Kind))
	if s.From != nil {
		if s.Prep != "" {
			p.put(" ", s.Prep)
		}
		p.put(" ")
		p.name(s.From)
	}
	if s.Partition != nil {
		p.put(" PARTITION ")
		p.partition(s.Partition)
	}
	if s.Pattern != nil {
		p.put(" ")
		p.not(s.Not)
		p.put(string(s.LikeKind), " ")
		p.str(s.Pattern)
	}
}
