package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// job is a script on Kafka with what has to come out for the records that go in.
type job struct {
	name string
	sql  string // ${BROKER}, ${IN}, ${OUT}, ${PREFIX}
	// in is the i-th input record.
	in func(i int) string
	// last are records that end the input: one for each partition. Nothing comes
	// out for them.
	last string
	// out is what n input records make.
	out func(n int) map[string]bool
}

const partitions = 3

const head = `SET 'parallelism.default' = '3';
SET 'execution.checkpointing.interval' = '200ms';
SET 'restart-strategy.type' = 'none';
`

const source = ` WITH ('connector' = 'kafka', 'topic' = '${IN}', 'properties.bootstrap.servers' = '${BROKER}', 'scan.startup.mode' = 'earliest-offset', 'format' = '%s');
`

const sink = ` WITH ('connector' = 'kafka', 'topic' = '${OUT}', 'properties.bootstrap.servers' = '${BROKER}', 'format' = '%s',
  'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${PREFIX}', 'properties.transaction.timeout.ms' = '600000');
`

var jobs = []job{
	{
		name: "raw",
		sql: head + "CREATE TABLE i (line STRING)" + fmt.Sprintf(source, "raw") + "CREATE TABLE o (line STRING)" + fmt.Sprintf(sink, "raw") +
			"INSERT INTO o SELECT line FROM i WHERE line NOT LIKE '%00';\n",
		in: func(i int) string { return fmt.Sprintf("record %d", i) },
		out: func(n int) map[string]bool {
			out := map[string]bool{}
			for i := range n {
				if i%100 != 0 || i == 0 {
					out[fmt.Sprintf("record %d", i)] = true
				}
			}
			return out
		},
	},
	{
		name: "json",
		sql: head + "CREATE TABLE i (id BIGINT, name STRING)" + fmt.Sprintf(source, "json") + "CREATE TABLE o (id BIGINT, name STRING)" + fmt.Sprintf(sink, "json") +
			"INSERT INTO o SELECT id * 2, UPPER(name) FROM i WHERE MOD(id, 100) <> 0;\n",
		in: func(i int) string { return fmt.Sprintf(`{"name":"n%d","id":%d,"more":[1,{"x":2}]}`, i, i) },
		out: func(n int) map[string]bool {
			out := map[string]bool{}
			for i := range n {
				if i%100 != 0 {
					out[fmt.Sprintf(`{"id":%d,"name":"N%d"}`, i*2, i)] = true
				}
			}
			return out
		},
	},
	{
		// A record each 10 ms of event time: a window of one second has a hundred
		// records of ten keys. The last records close all windows.
		name: "window",
		sql: head + "CREATE TABLE i (id BIGINT, k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)" + fmt.Sprintf(source, "json") +
			"CREATE TABLE o (w TIMESTAMP(3), k INT, n BIGINT, s BIGINT)" + fmt.Sprintf(sink, "json") +
			`INSERT INTO o SELECT window_start, k, COUNT(*), SUM(id) FROM TABLE(TUMBLE(TABLE i, DESCRIPTOR(ts), INTERVAL '1' SECOND))
WHERE k >= 0 GROUP BY window_start, window_end, k;
`,
		in: func(i int) string {
			ts := eventTime(i)
			return fmt.Sprintf(`{"id":%d,"k":%d,"ts":"%s"}`, i, i%10, ts.Format("2006-01-02 15:04:05.000"))
		},
		last: `{"id":0,"k":-1,"ts":"2030-01-01 00:00:00.000"}`,
		out: func(n int) map[string]bool {
			type key struct {
				second int64
				k      int
			}
			count, sum := map[key]int{}, map[key]int{}
			for i := range n {
				at := key{eventTime(i).Unix(), i % 10}
				count[at]++
				sum[at] += i
			}
			out := map[string]bool{}
			for at, c := range count {
				w := time.Unix(at.second, 0).UTC().Format("2006-01-02 15:04:05")
				out[fmt.Sprintf(`{"w":"%s","k":%d,"n":%d,"s":%d}`, w, at.k, c, sum[at])] = true
			}
			return out
		},
	},
}

func eventTime(i int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(i) * 10 * time.Millisecond)
}

// write writes the job's script into dir and returns its path.
func (j job) write(t *testing.T, dir string, k *kafka, in, out, prefix string) string {
	t.Helper()
	text := strings.NewReplacer("${BROKER}", k.addr, "${IN}", in, "${OUT}", out, "${PREFIX}", prefix).Replace(j.sql)
	path := filepath.Join(dir, j.name+".sql")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// feed writes records from up to to, each partition in order.
func (j job) feed(t *testing.T, k *kafka, topic string, from, to int) {
	t.Helper()
	for from%partitions != 0 {
		t.Fatalf("feed from %d: not a whole round over the partitions", from)
	}
	values := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		values = append(values, j.in(i))
	}
	k.produce(t, topic, partitions, values...)
}

// end writes the records that end the input.
func (j job) end(t *testing.T, k *kafka, topic string) {
	t.Helper()
	if j.last != "" {
		k.produce(t, topic, partitions, j.last, j.last, j.last)
	}
}
