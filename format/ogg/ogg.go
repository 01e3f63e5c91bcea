// Package ogg is the format `ogg-json`: the changes that Oracle GoldenGate
// captures, with both images of a row.
//
// It describes the messages; package json reads and writes them. As in Flink, a
// truncation (`T`) is an error unless ignore-parse-errors is set.
package ogg

import (
	"github.com/flott/flott/format"
	"github.com/flott/flott/format/json"
	"github.com/flott/flott/types"
)

func init() {
	(&json.Changelog{
		Name:   "ogg-json",
		Help:   "Changes that Oracle GoldenGate captures, as JSON: an object with the row `before` and `after`.",
		Before: "before", After: "after", Op: "op_type",
		Ops:      []json.Op{{Name: "I", Change: json.Insert}, {Name: "U", Change: json.Update}, {Name: "D", Change: json.Delete}},
		NoBefore: "; GoldenGate has to write whole rows, and a table of Postgres needs REPLICA IDENTITY FULL for that",
		Metadata: []json.Metadata{
			{Metadata: format.Metadata{Key: "table", Type: types.TString}, Path: []string{"table"}},
			{Metadata: format.Metadata{Key: "primary-keys", Type: types.ArrayOf(types.TString)}, Path: []string{"primary_keys"}},
			{Metadata: format.Metadata{Key: "ingestion-timestamp", Type: types.TimestampLTZOf(6)}, Path: []string{"current_ts"}, As: json.Clock},
			{Metadata: format.Metadata{Key: "event-timestamp", Type: types.TimestampLTZOf(6)}, Path: []string{"op_ts"}, As: json.Clock},
		},
	}).Register()
}
