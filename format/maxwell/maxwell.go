// Package maxwell is the format `maxwell-json`: the changes of a MySQL that
// Maxwell captures, an update with the earlier values of the columns it changed.
//
// It describes the messages; package json reads and writes them. As in Flink, a
// bootstrap (`bootstrap-insert`) or a change of a table's definition is an error
// unless ignore-parse-errors is set.
package maxwell

import (
	"github.com/flott/flott/format"
	"github.com/flott/flott/format/json"
	"github.com/flott/flott/types"
)

func init() {
	(&json.Changelog{
		Name:   "maxwell-json",
		Help:   "Changes that Maxwell captures, as JSON: an object with the row as `data` and, of an update, the earlier values of what it changed as `old`.",
		Before: "old", After: "data", Partial: true, Op: "type",
		Ops: []json.Op{{Name: "insert", Change: json.Insert}, {Name: "update", Change: json.Update}, {Name: "delete", Change: json.Delete}},
		Metadata: []json.Metadata{
			{Metadata: format.Metadata{Key: "database", Type: types.TString}, Path: []string{"database"}},
			{Metadata: format.Metadata{Key: "table", Type: types.TString}, Path: []string{"table"}},
			{Metadata: format.Metadata{Key: "primary-key-columns", Type: types.ArrayOf(types.TString)}, Path: []string{"primary_key_columns"}},
			{Metadata: format.Metadata{Key: "ingestion-timestamp", Type: types.TimestampLTZOf(3)}, Path: []string{"ts"}, As: json.Seconds},
		},
	}).Register()
}
