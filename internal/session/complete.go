package session

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/option"
)

// Complete returns the words that may stand in place of the one that ends at
// byte position of a statement, sorted: key words, functions, tables and their
// columns, and inside the quotes of SET and RESET the keys of the configuration.
func (s *Session) Complete(statement string, position int) []string {
	position = max(0, min(position, len(statement)))
	head := statement[:position]
	start := len(head)
	for start > 0 && wordByte(head[start-1]) {
		start--
	}
	word, before := head[start:], head[:start]
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if len(n) >= len(word) && strings.EqualFold(n[:len(word)], word) && !strings.EqualFold(n, word) {
				out = append(out, n)
			}
		}
	}
	words := strings.Fields(strings.ToUpper(before))
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	switch {
	case strings.Count(before, "'")%2 == 1:
		switch {
		case words[0] == "SET" || words[0] == "RESET":
			if strings.Count(before, "'") == 1 {
				for _, o := range config.Options {
					add(o.Key)
				}
			} else if o, ok := config.Find(strings.Split(before, "'")[1]); ok {
				add(o.Values...)
			}
		case slices.Contains(words, "WITH") || slices.Contains(words, "OPTIONS") || strings.Contains(strings.ToUpper(before), "WITH ("):
			add(tableOption(before)...)
		}
	case slices.Contains(tableWords, last) || strings.HasSuffix(before, ".") || strings.HasSuffix(last, ","):
		add(s.tableNames()...)
		if last != "TABLE" && last != "VIEW" && !slices.Contains([]string{"FROM", "JOIN", "INTO", "DESCRIBE", "DESC"}, last) {
			add(s.columnNames(statement)...)
		}
	case last == "":
		add(firstWords...)
	default:
		if next, ok := nextWords[last]; ok && len(words) == 1 {
			add(next...)
			break
		}
		add(s.columnNames(statement)...)
		add(clauseWords...)
		if word != "" {
			for _, d := range function.All() {
				if d.Name != "" && wordByte(d.Name[0]) {
					add(d.Name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var pair = regexp.MustCompile(`'([^']*)'\s*=\s*'([^']*)'`)

// tableOption completes inside of the quotes of WITH ('key' = 'value', …): keys
// of the connector and its formats, and the values that a key has.
func tableOption(before string) (out []string) {
	set := map[string]string{}
	for _, m := range pair.FindAllStringSubmatch(before, -1) {
		set[m[1]] = m[2]
	}
	var options []option.Option
	if c := connector.Find(set["connector"]); c != nil {
		options = append(options, c.Options...)
	}
	for key, name := range set {
		prefix, ok := strings.CutSuffix(key, "format")
		if f := format.Find(name); ok && f != nil {
			for _, o := range f.Options {
				o.Key = prefix + name + "." + o.Key
				options = append(options, o)
			}
		}
	}
	open := strings.TrimRight(before[:strings.LastIndexByte(before, '\'')], " \t\n")
	if !strings.HasSuffix(open, "=") {
		for _, o := range options {
			if _, given := set[o.Key]; !given {
				out = append(out, o.Key)
			}
		}
		return append(out, "connector", "format")
	}
	parts := strings.Split(open, "'")
	if len(parts) < 2 {
		return nil
	}
	switch key := parts[len(parts)-2]; {
	case key == "connector":
		return connector.Names()
	case key == "format" || strings.HasSuffix(key, ".format"):
		return format.Names()
	default:
		for _, o := range options {
			if o.Key == key {
				if o.Kind == option.Bool {
					return []string{"true", "false"}
				}
				return o.Values
			}
		}
	}
	return nil
}

func wordByte(c byte) bool {
	return c == '_' || c == '.' || c == '-' || c == '`' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}

var (
	tableWords = []string{"FROM", "JOIN", "INTO", "TABLE", "VIEW", "DESCRIBE", "DESC", "OVERWRITE"}
	firstWords = []string{"SELECT", "INSERT", "WITH", "VALUES", "CREATE", "DROP", "ALTER", "SHOW", "DESCRIBE", "EXPLAIN", "SET", "RESET", "USE", "EXECUTE", "BEGIN", "END", "STOP"}
	nextWords  = map[string][]string{
		"SHOW":    {"CATALOGS", "COLUMNS", "CREATE", "CURRENT", "DATABASES", "FUNCTIONS", "JARS", "JOBS", "MODULES", "TABLES", "VIEWS", "USER"},
		"CREATE":  {"CATALOG", "DATABASE", "FUNCTION", "TABLE", "TEMPORARY", "VIEW"},
		"DROP":    {"CATALOG", "DATABASE", "FUNCTION", "TABLE", "TEMPORARY", "VIEW"},
		"ALTER":   {"DATABASE", "FUNCTION", "TABLE", "VIEW"},
		"INSERT":  {"INTO", "OVERWRITE"},
		"USE":     {"CATALOG", "MODULES"},
		"EXPLAIN": {"CHANGELOG_MODE", "ESTIMATED_COST", "JSON_EXECUTION_PLAN", "PLAN_ADVICE", "PLAN FOR", "SELECT", "INSERT"},
		"EXECUTE": {"STATEMENT SET BEGIN"},
		"BEGIN":   {"STATEMENT SET"},
		"STOP":    {"JOB"},
	}
	clauseWords = []string{"FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "JOIN", "LEFT JOIN", "ON", "AND", "OR", "NOT", "AS", "DISTINCT", "CASE", "WHEN", "THEN", "ELSE", "END",
		"IS NULL", "IS NOT NULL", "BETWEEN", "IN", "EXISTS", "LIKE", "UNION ALL", "WITH", "OVER", "PARTITION BY", "DESCRIPTOR", "TUMBLE", "HOP", "CUMULATE", "INTERVAL", "TRUE", "FALSE", "NULL"}
)

// tableNames are the tables and views of the current database by name, and all
// others by path.
func (s *Session) tableNames() []string {
	m := s.catalog
	var out []string
	for _, c := range m.Catalogs() {
		databases, err := m.Databases(c)
		if err != nil {
			continue
		}
		for _, d := range databases {
			for _, t := range m.Tables(c, d) {
				if c == m.CurrentCatalog() && d == m.CurrentDatabase() {
					out = append(out, t)
				}
				out = append(out, c+"."+d+"."+t)
			}
		}
	}
	return out
}

// columnNames are those of the tables that the statement names.
func (s *Session) columnNames(statement string) []string {
	named := map[string]bool{}
	for _, w := range strings.FieldsFunc(statement, func(r rune) bool { return r < 0x80 && !wordByte(byte(r)) }) {
		named[strings.Trim(w, "`")] = true
	}
	m := s.catalog
	var out []string
	for _, t := range m.Tables(m.CurrentCatalog(), m.CurrentDatabase()) {
		if !named[t] {
			continue
		}
		switch o := m.Find(m.Resolve([]string{t})).(type) {
		case *catalog.Table:
			for _, c := range o.Columns {
				out = append(out, c.Name)
			}
		case *catalog.View:
			for _, c := range o.Columns {
				out = append(out, c.Name)
			}
		}
	}
	return out
}
