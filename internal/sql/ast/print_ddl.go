package ast

func (p *printer) ddl(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		p.createTable(s)
	case *CreateView:
		p.create(s.Lifetime, "VIEW", s.IfNotExists)
		p.name(s.Path)
		if s.Columns != nil {
			p.put(" ")
			if p.style == expanded {
				p.block(len(s.Columns), func(i int) { p.ident(s.Columns[i]) })
			} else {
				p.idents(s.Columns)
			}
		}
		p.comment(s.Comment)
		p.line()
		p.put("AS ")
		p.query(s.Query)
	case *CreateMaterializedTable:
		p.createMaterializedTable(s)
	case *CreateCatalog:
		p.create(Permanent, "CATALOG", s.IfNotExists)
		p.ident(s.Name)
		p.comment(s.Comment)
		p.with(s.With)
	case *CreateDatabase:
		p.create(Permanent, "DATABASE", s.IfNotExists)
		p.name(s.Path)
		p.comment(s.Comment)
		p.with(s.With)
	case *CreateFunction:
		p.create(s.Lifetime, "FUNCTION", s.IfNotExists)
		p.name(s.Path)
		p.put(" ")
		p.functionBody(s.Body)
	case *CreateModel:
		p.create(s.Lifetime, "MODEL", s.IfNotExists)
		p.name(s.Path)
		if s.Input != nil {
			p.put(" INPUT (")
			each(p, s.Input, p.column)
			p.put(") OUTPUT (")
			each(p, s.Output, p.column)
			p.put(")")
		}
		p.comment(s.Comment)
		p.with(s.With)
		p.asQuery(s.Query)
	case *CreateConnection:
		p.create(s.Lifetime, "CONNECTION", s.IfNotExists)
		p.name(s.Path)
		p.comment(s.Comment)
		p.with(s.With)
	case *Drop:
		p.put("DROP ", lifetimes[s.Lifetime], string(s.Kind))
		p.ifExists(s.IfExists)
		p.put(" ")
		p.name(s.Path)
		if s.Behavior != "" {
			p.put(" ", s.Behavior)
		}
	case *Alter:
		p.put("ALTER ", lifetimes[s.Lifetime], string(s.Kind))
		p.ifExists(s.IfExists)
		p.put(" ")
		p.name(s.Path)
		p.put(" ")
		p.action(s.Action)
	}
}

var lifetimes = map[Lifetime]string{Permanent: "", Temporary: "TEMPORARY ", TemporarySystem: "TEMPORARY SYSTEM "}

func (p *printer) create(l Lifetime, kind string, ifNotExists bool) {
	p.put("CREATE ", lifetimes[l], kind)
	p.ifNotExists(ifNotExists)
	p.put(" ")
}

// block prints n items in parentheses, in the expanded style one a line.
func (p *printer) block(n int, item func(int)) {
	p.put("(")
	if p.lay && n > 0 {
		p.indented(func() {
			for i := range n {
				if i > 0 {
					p.put(",")
					p.line()
				}
				item(i)
			}
		})
		p.put(")")
		return
	}
	for i := range n {
		switch {
		case i > 0 && p.style == plain:
			p.put(", ")
		case i > 0:
			p.put(",\n  ")
		case p.style == expanded:
			p.put("\n  ")
		}
		item(i)
	}
	if p.style == expanded {
		p.put("\n")
	}
	p.put(")")
}

func (p *printer) comment(c *StringLit) {
	if c != nil {
		p.line()
		p.put("COMMENT ")
		p.str(c)
	}
}

func (p *printer) with(l []*Option) {
	if l != nil {
		p.line()
		p.put("WITH ")
		p.block(len(l), func(i int) { p.option(l[i]) })
	}
}

func (p *printer) asQuery(q *Query) {
	if q != nil {
		p.line()
		p.put("AS ")
		p.query(q)
	}
}

func (p *printer) createTable(s *CreateTable) {
	switch {
	case s.Replace:
		p.put("REPLACE ", lifetimes[s.Lifetime], "TABLE")
	case s.OrReplace:
		p.put("CREATE OR REPLACE ", lifetimes[s.Lifetime], "TABLE")
	default:
		p.put("CREATE ", lifetimes[s.Lifetime], "TABLE")
	}
	p.ifNotExists(s.IfNotExists)
	p.put(" ")
	p.name(s.Path)
	if s.Schema != nil {
		p.put(" ")
		p.schema(s.Schema)
	}
	p.comment(s.Comment)
	p.distribution("DISTRIBUTED", s.Distribution)
	p.partitionBy(s.PartitionBy)
	p.with(s.With)
	if l := s.Like; l != nil {
		p.line()
		p.put("LIKE ")
		p.name(l.Source)
		if l.Options != nil {
			p.put(" (")
			for i, o := range l.Options {
				if i > 0 {
					p.put(" ")
				}
				p.put(o.Merge, " ", o.Feature)
			}
			p.put(")")
		}
	}
	p.asQuery(s.Query)
}

func (p *printer) createMaterializedTable(s *CreateMaterializedTable) {
	p.put("CREATE ")
	if s.OrAlter {
		p.put("OR ALTER ")
	}
	p.put("MATERIALIZED TABLE ")
	p.name(s.Path)
	if s.Schema != nil {
		p.put(" ")
		p.schema(s.Schema)
	}
	p.comment(s.Comment)
	p.distribution("DISTRIBUTED", s.Distribution)
	p.partitionBy(s.PartitionBy)
	p.with(s.With)
	if m := s.StartMode; m != nil {
		p.line()
		p.put("START_MODE = ", m.Kind)
		if m.Arg != nil {
			p.put("(")
			p.expr(m.Arg)
			p.put(")")
		}
	}
	if s.Freshness != nil {
		p.line()
		p.put("FRESHNESS = ")
		p.expr(s.Freshness)
	}
	if s.RefreshMode != "" {
		p.line()
		p.put("REFRESH_MODE = ", s.RefreshMode)
	}
	p.asQuery(s.Query)
}

func (p *printer) partitionBy(l []Ident) {
	if l != nil {
		p.line()
		p.put("PARTITIONED BY ")
		p.idents(l)
	}
}

func (p *printer) distribution(word string, d *Distribution) {
	if d == nil {
		return
	}
	if word == "DISTRIBUTED" {
		p.line()
	}
	p.put(word)
	if d.Columns != nil {
		p.put(" BY ")
		if d.Kind != "" {
			p.put(d.Kind)
		}
		p.idents(d.Columns)
	}
	if d.Buckets != nil {
		p.put(" INTO ", d.Buckets.Text, " BUCKETS")
	}
}

// schema prints the elements in Flink's order: columns, watermarks, constraints.
func (p *printer) schema(s *Schema) {
	columns, watermarks := len(s.Columns), len(s.Watermarks)
	p.block(columns+watermarks+len(s.Constraints), func(i int) {
		switch {
		case i < columns:
			p.column(s.Columns[i])
		case i < columns+watermarks:
			p.watermark(s.Watermarks[i-columns])
		default:
			p.constraint(s.Constraints[i-columns-watermarks])
		}
	})
}

func (p *printer) column(c *Column) {
	p.name(c.Name)
	switch {
	case c.Computed != nil:
		p.put(" AS ")
		p.expr(c.Computed)
	case c.Type != nil:
		p.put(" ", typeText(c.Type.Type, p.style == expanded, false))
	}
	if c.Metadata {
		p.put(" METADATA")
		if c.MetadataKey != nil {
			p.put(" FROM ")
			p.str(c.MetadataKey)
		}
		if c.Virtual {
			p.put(" VIRTUAL")
		}
	}
	if c.Constraint != nil {
		p.put(" ")
		p.constraint(c.Constraint)
	}
	if c.Comment != nil {
		p.put(" COMMENT ")
		p.str(c.Comment)
	}
	if pos := c.Position; pos != nil {
		if pos.After == nil {
			p.put(" FIRST")
		} else {
			p.put(" AFTER ")
			p.name(pos.After)
		}
	}
}

func (p *printer) watermark(w *Watermark) {
	p.put("WATERMARK FOR ")
	p.name(w.Column)
	p.put(" AS ")
	p.expr(w.Expr)
}

func (p *printer) constraint(c *Constraint) {
	if c.Name != nil {
		p.put("CONSTRAINT ")
		p.ident(*c.Name)
		p.put(" ")
	}
	if c.Primary {
		p.put("PRIMARY KEY")
	} else {
		p.put("UNIQUE")
	}
	if c.Columns != nil {
		p.put(" ")
		p.idents(c.Columns)
	}
	if c.Enforcement != "" {
		p.put(" ", c.Enforcement)
	}
}

func (p *printer) functionBody(f *FunctionBody) {
	p.put("AS ")
	p.str(f.Class)
	if f.Language != "" {
		p.put(" LANGUAGE ", f.Language)
	}
	if f.Using != nil {
		p.put(" USING ")
		each(p, f.Using, func(r *Resource) {
			p.put(r.Kind, " ")
			p.str(r.URI)
		})
	}
	p.with(f.With)
}

func (p *printer) action(a AlterAction) {
	switch a := a.(type) {
	case *RenameTo:
		p.put("RENAME TO ")
		p.name(a.To)
	case *RenameColumn:
		p.put("RENAME ")
		p.name(a.From)
		p.put(" TO ")
		p.name(a.To)
	case *SetOptions:
		p.put("SET (")
		each(p, a.Options, p.option)
		p.put(")")
	case *ResetOptions:
		p.put("RESET (")
		each(p, a.Keys, p.str)
		p.put(")")
	case *SetComment:
		p.put("COMMENT ")
		p.str(a.Comment)
	case *AddElements:
		p.put("ADD ")
		p.elements(a.Schema, a.Distribution)
	case *ModifyElements:
		p.put("MODIFY ")
		p.elements(a.Schema, a.Distribution)
	case *DropColumns:
		p.put("DROP (")
		each(p, a.Columns, p.name)
		p.put(")")
	case *DropPart:
		p.put("DROP ", a.Part)
		if a.Constraint != nil {
			p.put(" ")
			p.ident(*a.Constraint)
		}
	case *AddPartitions:
		p.put("ADD")
		p.ifNotExists(a.IfNotExists)
		for _, s := range a.Partitions {
			p.put(" ")
			p.partitionSpec(s)
		}
	case *DropPartitions:
		p.put("DROP")
		p.ifExists(a.IfExists)
		p.put(" ")
		each(p, a.Partitions, p.partitionSpec)
	case *SetQuery:
		p.put("AS ")
		p.query(a.Query)
	case *SetBody:
		p.functionBody(a.Body)
	case *Suspend:
		p.put("SUSPEND")
	case *Resume:
		p.put("RESUME")
		p.with(a.With)
	case *Refresh:
		p.put("REFRESH")
		if a.Partition != nil {
			p.put(" PARTITION ")
			p.partition(a.Partition)
		}
	case *SetFreshness:
		p.put("SET FRESHNESS = ")
		p.expr(a.Freshness)
	case *SetRefreshMode:
		p.put("SET REFRESH_MODE = ", a.Mode)
	}
}

func (p *printer) elements(s *Schema, d *Distribution) {
	if s == nil {
		p.distribution("DISTRIBUTION", d)
		return
	}
	p.schema(s)
}

func (p *printer) partitionSpec(s *PartitionSpec) {
	p.put("PARTITION ")
	p.partition(s.Values)
	p.with(s.With)
}
