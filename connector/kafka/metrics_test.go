package kafka

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/connector"
	_ "github.com/flott/flott/format/json"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TestSkippedRecords: what a format skips is counted, tombstones are not.
func TestSkippedRecords(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 1)
	var rs []*kgo.Record
	for _, v := range []string{`{"n":1}`, `{"n":`, "no JSON", `{"n":2}`} {
		rs = append(rs, &kgo.Record{Topic: topic, Value: []byte(v)})
	}
	c.produce(t, append(rs, &kgo.Record{Topic: topic}))
	columns := []connector.Column{{Name: "n", Type: types.Type{Kind: types.Int}}}
	s, err := newSource(tableOf(c.addr, topic, columns, "format", "json", "json.ignore-parse-errors", "true", "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset"), false)
	if err != nil {
		t.Fatal(err)
	}
	m := newCounters()
	n := 0
	rows(t, ctx, open(t, ctx, s, testEnv(m), columns), func(*vector.Batch, int) { n++ })
	if n != 2 || m.count("numRecordsInErrors") != 2 || m.count("numRecordsIn") != 2 {
		t.Errorf("%d rows, %d skipped of %d", n, m.count("numRecordsInErrors"), m.count("numRecordsIn"))
	}
}
