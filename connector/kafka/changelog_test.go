package kafka

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	_ "github.com/flott/flott/format/debezium"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var itemColumns = []connector.Column{{Name: "id", Type: types.TInt}, {Name: "name", Type: types.TString}}

// TestChangelogFormat: the kinds of rows come from the format and go to it, with
// metadata of the record and of the message, a key beside it, and tombstones.
func TestChangelogFormat(t *testing.T) {
	read := []connector.Column{
		{Name: "table", Type: types.TString, Metadata: "value.source.table"}, {Name: "name", Type: types.TString}, {Name: "off", Type: types.TBigInt, Metadata: "offset"},
		{Name: "id", Type: types.TInt}, {Name: "seen", Type: types.TimestampLTZOf(3), Metadata: "value.ingestion-timestamp"},
	}
	for _, test := range []struct {
		name    string
		options []string
	}{
		{"value", nil},
		{"key and value", []string{"key.format", "json", "key.fields", "id", "value.fields-include", "EXCEPT_KEY"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			onClusters(t, func(t *testing.T, c *cluster) {
				ctx := limited(t, 30*time.Second)
				topic := c.topic(t, 1)
				client := kafkaClient(t, c.addr)
				for _, m := range []string{
					`{"before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"},"source":{"table":"items"},"op":"u","ts_ms":1500}`,
					"",
					`{"before":{"id":2,"name":"c"},"after":null,"op":"d"}`,
					`{"op":"?"}`,
				} {
					key := `{"id":1}`
					if strings.Contains(m, `"id":2`) {
						key = `{"id":2}`
					}
					r := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(m)}
					if m == "" {
						r.Value = nil
					}
					if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
						t.Fatal(err)
					}
				}
				table := tableOf(c.addr, topic, itemColumns, append([]string{"format", "debezium-json", "debezium-json.ignore-parse-errors", "true", "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset"}, test.options...)...)
				sink, err := newSink(table, false)
				if err != nil {
					t.Fatal(err)
				}
				w, err := sink.Writer(testEnv(newCounters()), itemColumns, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				b := vector.NewBatch(typesOf(itemColumns), 4)
				for i, k := range []types.RowKind{types.Insert, types.UpdateBefore, types.UpdateAfter, types.Delete} {
					vector.Append(b.Cols[0], int32(7))
					b.Cols[1].AppendString(fmt.Sprint("n", i))
					b.AppendKind(k)
					b.SetLen(i + 1)
				}
				if err := w.Write(ctx, b); err != nil {
					t.Fatal(err)
				}
				if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
					t.Fatal(err)
				}
				src, err := newSource(table, false)
				if err != nil {
					t.Fatal(err)
				}
				if src.Changelog() != connector.All || sink.Changelog() != connector.All {
					t.Error("the changelog is not told")
				}
				var got []string
				counts := newCounters()
				rows(t, ctx, open(t, ctx, src, testEnv(counts), read), func(b *vector.Batch, i int) {
					row := b.Kind(i).String()
					for _, col := range b.Cols {
						row += " " + string(vector.AppendText(nil, col, i, types.UTC))
					}
					got = append(got, row)
				})
				want := "-U items a 0 1 1970-01-01 00:00:01.500, +U items b 0 1 1970-01-01 00:00:01.500, -D NULL c 2 2 NULL, " +
					"+I NULL n0 4 7 NULL, -D NULL n1 5 7 NULL, +I NULL n2 6 7 NULL, -D NULL n3 7 7 NULL"
				if got := strings.Join(got, ", "); got != want {
					t.Errorf("%s\nwant %s", got, want)
				}
				if n := counts.count("numRecordsInErrors"); n != 1 {
					t.Errorf("%d records are counted as wrong, want 1", n)
				}
			})
		})
	}
}

// TestChangelogRefused: row kinds of a format's own have no place in a key nor
// where null values delete.
func TestChangelogRefused(t *testing.T) {
	upsert := upsertTable("127.0.0.1:1", "t", "value.format", "debezium-json")
	key := tableOf("127.0.0.1:1", "t", itemColumns, "key.format", "debezium-json", "key.fields", "id", "scan.startup.mode", "earliest-offset")
	for _, test := range []struct {
		table  connector.Table
		upsert bool
		want   string
	}{{upsert, true, "carries row kinds of its own"}, {key, false, "which a key has none of"}} {
		_, err := newSource(test.table, test.upsert)
		_, err2 := newSink(test.table, test.upsert)
		for _, err := range []error{err, err2} {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		}
	}
}

// TestValueMetadata: a table offers what its format does.
func TestValueMetadata(t *testing.T) {
	for _, option := range []string{"format", "value.format"} {
		got := valueMetadata(tableOf("", "t", nil, "format", "-", option, "debezium-json").Options)
		if len(got) != len(format.Find("debezium-json").Metadata) || got[0].Key != "value.schema" || got[0].Writable {
			t.Errorf("%s: %v", option, got)
		}
	}
}
