// Package canal is the format `canal-json`: the changes of a MySQL that Canal
// captures, several rows a message, an update with the earlier values of the
// columns it changed.
//
// It describes the messages; package json reads and writes them. As in Flink, a
// `CREATE` is passed over, other changes of definitions are errors unless
// ignore-parse-errors is set. Which columns an update has changed is looked up row
// by row; Flink 2.2 takes a column for changed in every row of a message if one
// of them, or a value inside it, has its name.
package canal

import (
	"github.com/flott/flott/format"
	"github.com/flott/flott/format/json"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

var (
	databaseInclude = option.Option{Key: "database.include", Help: "Regular expression; only changes of databases whose whole name matches are read."}
	tableInclude    = option.Option{Key: "table.include", Help: "Regular expression; only changes of tables whose whole name matches are read."}
)

func init() {
	(&json.Changelog{
		Name:   "canal-json",
		Help:   "Changes that Canal captures, as JSON: an object with rows as `data` and, of an update, the earlier values of what it changed as `old`.",
		Before: "old", After: "data", List: true, Partial: true, Op: "type",
		Ops: []json.Op{{Name: "INSERT", Change: json.Insert}, {Name: "UPDATE", Change: json.Update}, {Name: "DELETE", Change: json.Delete}, {Name: "CREATE", Change: json.Nothing}},
		Includes: []json.Include{
			{Option: databaseInclude, Key: "database"},
			{Option: tableInclude, Key: "table"},
		},
		Metadata: []json.Metadata{
			{Metadata: format.Metadata{Key: "database", Type: types.TString}, Path: []string{"database"}},
			{Metadata: format.Metadata{Key: "table", Type: types.TString}, Path: []string{"table"}},
			{Metadata: format.Metadata{Key: "sql-type", Type: types.MapOf(types.TString, types.TInt)}, Path: []string{"sqlType"}},
			{Metadata: format.Metadata{Key: "pk-names", Type: types.ArrayOf(types.TString)}, Path: []string{"pkNames"}},
			{Metadata: format.Metadata{Key: "ingestion-timestamp", Type: types.TimestampLTZOf(3)}, Path: []string{"ts"}, As: json.Millis},
			{Metadata: format.Metadata{Key: "event-timestamp", Type: types.TimestampLTZOf(3)}, Path: []string{"es"}, As: json.Millis},
		},
	}).Register()
}
