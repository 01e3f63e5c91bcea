package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/types"
)

// DescribeColumns are the columns of DESCRIBE's answer; `comment` is only
// there when a column has one.
var DescribeColumns = []types.Field{
	{Name: "name", Type: types.TString}, {Name: "type", Type: types.TString}, {Name: "null", Type: types.TBoolean},
	{Name: "key", Type: types.TString}, {Name: "extras", Type: types.TString}, {Name: "watermark", Type: types.TString},
	{Name: "comment", Type: types.TString},
}

// Describe returns the rows of DESCRIBE for a *Table or *View, with one cell
// for each of the columns; a nil cell is NULL. In batch mode there are no time
// attributes.
func Describe(o Object, batch bool) (columns []types.Field, rows [][]*string) {
	cell := func(s string) *string { return &s }
	opt := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	truth := func(notNull bool) *string {
		if notNull {
			return cell("FALSE")
		}
		return cell("TRUE")
	}
	comments := false
	switch o := o.(type) {
	case *View:
		for _, c := range o.Columns {
			t := c.Type
			if batch {
				t.Attr = types.NoAttr
			}
			comments = comments || c.Comment != ""
			rows = append(rows, []*string{cell(c.Name), cell(t.Nullable().String()), truth(t.NotNull), nil, nil, nil, opt(c.Comment)})
		}
	case *Table:
		key := ""
		if o.PrimaryKey != nil {
			key = "PRI(" + strings.Join(o.PrimaryKey.Columns, ", ") + ")"
		}
		for _, c := range o.Columns {
			t := c.Type
			row := []*string{cell(c.Name), nil, truth(t.NotNull), nil, nil, nil, opt(c.Comment)}
			if slices.Contains(o.Key(), c.Name) {
				row[3] = cell(key)
			}
			if w := o.Watermark; w != nil && w.Column == c.Name {
				t.Attr = types.Rowtime
				row[5] = cell(w.Expr.Text)
			}
			if batch {
				t.Attr = types.NoAttr
			}
			row[1] = cell(t.Nullable().String())
			switch c.Kind {
			case Computed:
				row[4] = cell("AS " + c.Expr.Text)
			case Metadata:
				row[4] = cell(metadata(c))
			}
			comments = comments || c.Comment != ""
			rows = append(rows, row)
		}
	}
	columns = DescribeColumns
	if !comments {
		columns = columns[:6]
		for i := range rows {
			rows[i] = rows[i][:6]
		}
	}
	return columns, rows
}

func metadata(c Column) string {
	s := "METADATA"
	if c.KeyWritten {
		s += " FROM " + QuoteString(c.MetadataKey)
	}
	if c.Virtual {
		s += " VIRTUAL"
	}
	return s
}

// ShowCreate returns the statement that would create o.
func ShowCreate(o Object) string {
	var b strings.Builder
	temp := func(t bool) string {
		if t {
			return "TEMPORARY "
		}
		return ""
	}
	switch o := o.(type) {
	case *View:
		fmt.Fprintf(&b, "CREATE %sVIEW %s (\n", temp(o.Temporary), o.Path.Quoted())
		for i, c := range o.Columns {
			b.WriteString("  " + Quote(c.Name))
			if i < len(o.Columns)-1 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
		}
		b.WriteString(")\n")
		if o.Comment != "" {
			b.WriteString("COMMENT " + QuoteString(o.Comment) + "\n")
		}
		b.WriteString("AS " + o.Text + "\n")
	case *Table:
		fmt.Fprintf(&b, "CREATE %sTABLE %s (\n  %s\n)\n", temp(o.Temporary), o.Path.Quoted(), strings.Join(elements(o), ",\n  "))
		if o.Comment != "" {
			b.WriteString("COMMENT " + QuoteString(o.Comment) + "\n")
		}
		if d := o.Distribution; d != nil {
			b.WriteString("DISTRIBUTED")
			if len(d.Columns) > 0 {
				b.WriteString(" BY " + d.Kind + "(" + quoteAll(d.Columns) + ")")
			}
			if d.Buckets > 0 {
				fmt.Fprintf(&b, " INTO %d BUCKETS", d.Buckets)
			}
			b.WriteByte('\n')
		}
		if len(o.PartitionKeys) > 0 {
			b.WriteString("PARTITIONED BY (" + quoteAll(o.PartitionKeys) + ")\n")
		}
		if len(o.Options) > 0 {
			parts := make([]string, len(o.Options))
			for i, e := range o.Options {
				parts[i] = "  " + QuoteString(e.Key) + " = " + QuoteString(e.Value)
			}
			slices.Sort(parts)
			b.WriteString("WITH (\n" + strings.Join(parts, ",\n") + "\n)\n")
		}
	}
	return b.String()
}

func elements(t *Table) []string {
	var out []string
	for _, c := range t.Columns {
		s := Quote(c.Name) + " "
		switch c.Kind {
		case Physical:
			s += SQLType(c.Type)
		case Computed:
			s += "AS " + c.Expr.Text
		case Metadata:
			s += SQLType(c.Type) + " " + metadata(c)
		}
		if c.Comment != "" {
			s += " COMMENT " + QuoteString(c.Comment)
		}
		out = append(out, s)
	}
	if w := t.Watermark; w != nil {
		out = append(out, "WATERMARK FOR "+Quote(w.Column)+" AS "+w.Expr.Text)
	}
	if k := t.PrimaryKey; k != nil {
		s := ""
		if k.Name != "" {
			s = "CONSTRAINT " + Quote(k.Name) + " "
		}
		out = append(out, s+"PRIMARY KEY ("+quoteAll(k.Columns)+") NOT ENFORCED")
	}
	return out
}

// SQLType prints a type as DDL: as its summary, but STRING and BYTES in full
// and no time attribute.
func SQLType(t types.Type) string {
	s := t.WithAttr(types.NoAttr).String()
	s = strings.ReplaceAll(s, "STRING", "VARCHAR(2147483647)")
	return strings.ReplaceAll(s, "BYTES", "VARBINARY(2147483647)")
}

func quoteAll(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = Quote(n)
	}
	return strings.Join(q, ", ")
}

// Like returns the filter of SHOW … [NOT] {LIKE|ILIKE} 'pattern': `%` is any
// text, `_` any character, a backslash takes away their meaning.
func Like(pattern string, ignoreCase, not bool) func(name string) bool {
	if ignoreCase {
		pattern = strings.ToLower(pattern)
	}
	p := []rune(pattern)
	return func(name string) bool {
		if ignoreCase {
			name = strings.ToLower(name)
		}
		return matches(p, []rune(name)) != not
	}
}

// matches tells whether s fits p. On a mismatch behind a `%` it lets that `%`
// take one more character, so it needs no recursion.
func matches(p, s []rune) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(p) {
			c, width := p[i], 1
			literal := false
			if c == '\\' && i+1 < len(p) {
				c, width, literal = p[i+1], 2, true
			}
			switch {
			case !literal && c == '%':
				star, mark = i, j
				i++
				continue
			case !literal && c == '_', c == s[j]:
				i += width
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '%' {
		i++
	}
	return i == len(p)
}
