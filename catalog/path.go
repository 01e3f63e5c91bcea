package catalog

import "strings"

// Names of the catalog and database that a session starts in.
const (
	DefaultCatalog  = "default_catalog"
	DefaultDatabase = "default_database"
)

// Path is the full name of a table, view or function.
type Path struct{ Catalog, Database, Name string }

// String returns the path with dots and without quotes, for messages.
func (p Path) String() string { return p.Catalog + "." + p.Database + "." + p.Name }

// Quoted returns the path as SQL.
func (p Path) Quoted() string {
	return Quote(p.Catalog) + "." + Quote(p.Database) + "." + Quote(p.Name)
}

// Quote returns an identifier in backticks.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// QuoteString returns a string literal.
func QuoteString(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
