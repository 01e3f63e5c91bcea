package kafka

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var upsertColumns = []connector.Column{{Name: "k", Type: types.TBytes}, {Name: "v", Type: types.TBytes}}

func upsertTable(addr, topic string, kv ...string) connector.Table {
	o := option.Set{"connector": "upsert-kafka", "properties.bootstrap.servers": addr, "topic": topic, "key.format": "raw", "value.format": "raw", "value.fields-include": "EXCEPT_KEY"}
	for i := 0; i < len(kv); i += 2 {
		o[kv[i]] = kv[i+1]
	}
	return connector.Table{Path: "`c`.`d`.`" + topic + "`", Options: o, Physical: upsertColumns, PrimaryKey: []string{"k"}}
}

// changes makes a batch of changes written as "+I a 1".
func changes(text ...string) *vector.Batch {
	kinds := map[string]types.RowKind{"+I": types.Insert, "-U": types.UpdateBefore, "+U": types.UpdateAfter, "-D": types.Delete}
	b := vector.NewBatch(typesOf(upsertColumns), len(text))
	for i, c := range text {
		f := strings.Fields(c)
		b.AppendKind(kinds[f[0]])
		b.Cols[0].AppendString(f[1])
		b.Cols[1].AppendString(f[2])
		b.SetLen(i + 1)
	}
	return b
}

// upserts reads the topic's changes.
func upserts(t *testing.T, c *cluster, topic string) (out []string) {
	t.Helper()
	ctx := limited(t, 20*time.Second)
	src, err := newSource(upsertTable(c.addr, topic, "scan.bounded.mode", "latest-offset"), true)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, ctx, src, testEnv(newCounters()), upsertColumns)
	for {
		b, _, err := nextBatch(ctx, r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			v := "NULL"
			if !b.Cols[1].IsNull(i) {
				v = string(b.Cols[1].Bytes(i))
			}
			out = append(out, fmt.Sprintf("%v %s %s", b.Kind(i), b.Cols[0].Bytes(i), v))
		}
	}
	r.Close()
	return out
}

func TestUpsert(t *testing.T) {
	in := []*vector.Batch{changes("+I a 1", "+I b 1", "-U a 1", "+U a 2"), changes("-D b 1", "+I c 1", "-U c 1", "+U c 2", "+I b 2")}
	for _, test := range []struct {
		name    string
		options []string
		want    string
	}{
		{"each change", nil, "+I a 1, +I b 1, +I a 2, -D b NULL, +I c 1, +I c 2, +I b 2"},
		{"reduced", []string{"sink.buffer-flush.max-rows", "1000", "sink.buffer-flush.interval", "1 h"}, "+I a 2, +I b 2, +I c 2"},
		{"reduced by two", []string{"sink.buffer-flush.max-rows", "2", "sink.buffer-flush.interval", "1 h"}, "+I a 1, +I b 1, +I a 2, -D b NULL, +I c 2, +I b 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			onClusters(t, func(t *testing.T, c *cluster) {
				ctx := limited(t, 30*time.Second)
				topic := c.topic(t, 1)
				s, err := newSink(upsertTable(c.addr, topic, test.options...), true)
				if err != nil {
					t.Fatal(err)
				}
				w, err := s.Writer(testEnv(newCounters()), upsertColumns, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				for _, b := range in {
					if err := w.Write(ctx, b); err != nil {
						t.Fatal(err)
					}
				}
				if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(upserts(t, c, topic), ", "); got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
			})
		})
	}
}

// TestUpsertInterval writes what is held back when the interval has passed.
func TestUpsertInterval(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 1)
	s, err := newSink(upsertTable(c.addr, topic, "sink.buffer-flush.max-rows", "1000", "sink.buffer-flush.interval", "20 ms"), true)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(testEnv(newCounters()), upsertColumns, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Write(ctx, changes("+I a 1", "+I a 2", "+I b 1")); err != nil {
		t.Fatal(err)
	}
	for {
		if got := strings.Join(upserts(t, c, topic), ", "); got == "+I a 2, +I b 1" {
			return
		} else if got != "" {
			t.Fatalf("%s", got)
		}
		if !pause(ctx, 5*time.Millisecond) {
			t.Fatal("nothing was written")
		}
	}
}
