// Package debezium is the format `debezium-json`: the changes that Debezium
// captures, with both images of a row.
//
// It describes the messages; package json reads and writes them. Metadata comes
// from beside the row: the time at which Debezium saw the change, and where in
// which database it was.
package debezium

import (
	"github.com/flott/flott/format"
	"github.com/flott/flott/format/json"
	"github.com/flott/flott/types"
)

func init() {
	instant, properties := types.TimestampLTZOf(3), types.MapOf(types.TString, types.TString)
	(&json.Changelog{
		Name:   "debezium-json",
		Help:   "Changes that Debezium captures, as JSON: an object with the row `before` and `after`.",
		Before: "before", After: "after", Op: "op",
		Ops:      []json.Op{{Name: "c", Change: json.Insert}, {Name: "r", Change: json.Insert}, {Name: "u", Change: json.Update}, {Name: "d", Change: json.Delete}},
		NoBefore: "; a table of Postgres needs REPLICA IDENTITY FULL to have it",
		Payload:  "payload",
		Metadata: []json.Metadata{
			{Metadata: format.Metadata{Key: "schema", Type: types.TString}, Path: []string{"schema"}, Root: true},
			{Metadata: format.Metadata{Key: "ingestion-timestamp", Type: instant}, Path: []string{"ts_ms"}, As: json.Millis},
			{Metadata: format.Metadata{Key: "source.timestamp", Type: instant}, Path: []string{"source", "ts_ms"}, As: json.Millis},
			{Metadata: format.Metadata{Key: "source.database", Type: types.TString}, Path: []string{"source", "db"}},
			{Metadata: format.Metadata{Key: "source.schema", Type: types.TString}, Path: []string{"source", "schema"}},
			{Metadata: format.Metadata{Key: "source.table", Type: types.TString}, Path: []string{"source", "table"}},
			{Metadata: format.Metadata{Key: "source.properties", Type: properties}, Path: []string{"source"}},
		},
	}).Register()
}
