package session

import (
	"slices"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/function"
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
		if words[0] == "SET" || words[0] == "RESET" {
			if strings.Count(before, "'") == 1 {
				for _, o := range config.Options {
					add(o.Key)
				}
			} else if o, ok := config.Find(strings.Split(before, "'")[1]); ok {
				add(o.Values...)
			}
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
