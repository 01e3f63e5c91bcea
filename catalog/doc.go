// Package catalog knows what the names in a script stand for: catalogs,
// databases in them, and tables, views and functions in those. A Manager is one
// session's view of all that, with the current catalog and database and the
// session's temporary objects, which hide permanent ones of the same name.
//
// The package knows nothing of syntax: an expression of a table (a computed
// column, a watermark) is text, and whoever created the table may leave the
// parsed form with it (Expression.Syntax) so that nobody parses it twice and
// errors can point into the CREATE statement.
//
// A Manager belongs to one session and is not safe for concurrent use. Tables
// and views are never changed once they are in a Manager; ALTER puts a changed
// copy in the place of the old one.
package catalog
