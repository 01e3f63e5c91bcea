package matrix

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

func TestMain(m *testing.M) { cli.Main(m) }

// each runs f under every configuration, given as arguments of `flott run`.
func each(t *testing.T, f func(t *testing.T, args []string)) {
	for _, transport := range []string{"local", "tcp"} {
		for _, parallelism := range []int{1, 4} {
			for _, batch := range []int{1, 7, 1024} {
				t.Run(fmt.Sprintf("%s/parallelism %d/batch %d", transport, parallelism, batch), func(t *testing.T) {
					f(t, []string{
						"run", "--fresh", "--output", "jsonl", "-D", "restart-strategy.type=none", "-D", "pipeline.auto-watermark-interval=0",
						"-D", "flott.transport=" + transport, "-D", "parallelism.default=" + strconv.Itoa(parallelism),
						"-D", "flott.batch.size=" + strconv.Itoa(batch),
					})
				})
			}
		}
	}
}

// table writes the rows to a file and declares it as t.
func table(t *testing.T, rows []row) string {
	path := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(path, []byte(csv(rows)), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`CREATE TABLE t (id INT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '%d' SECOND)
WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');
`, delay/1000, path)
}

func script(t *testing.T, dir, text string) string {
	path := filepath.Join(dir, "job.sql")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRows compares windows and CURRENT_WATERMARK with the model.
func TestRows(t *testing.T) {
	flott := cli.Build(t)
	rows := input(5000, 7)
	sql := table(t, rows) + "SELECT id, CURRENT_WATERMARK(ts) AS w FROM t;\n"
	want := []map[string]int{nil, {}}
	for i, w := range watermarks(rows) {
		text := "NULL"
		if w != none {
			text = stamp(w)
		}
		want[1][fmt.Sprintf("+I[%d, %s]", rows[i].id, text)]++
	}
	for _, w := range windows {
		sql += "SELECT k, window_start, window_end, COUNT(*) AS n, SUM(id) AS s FROM " + w.call + " GROUP BY k, window_start, window_end;\n"
		want = append(want, w.results(rows))
	}
	each(t, func(t *testing.T, args []string) {
		dir := t.TempDir()
		r, err := flott.Run(context.Background(), 30*time.Second, dir, append(args, script(t, dir, sql))...)
		if err != nil || r.ExitCode != 0 {
			t.Fatalf("exit code %d, %v\n%s", r.ExitCode, err, cli.Tail(r.Stderr, 20))
		}
		answers, err := cli.ParseAnswers(r.Stdout)
		if err != nil {
			t.Fatal(err)
		}
		if len(answers) != len(want) {
			t.Fatalf("%d answers, want %d", len(answers), len(want))
		}
		for i, a := range answers {
			got := map[string]int{}
			for _, r := range a.Rows {
				got[r.String()]++
			}
			differ(t, i+1, got, want[i])
		}
	})
}

// differ reports the first rows that two bags have not in common.
func differ(t *testing.T, statement int, got, want map[string]int) {
	t.Helper()
	shown := 0
	for _, c := range []struct {
		what string
		a, b map[string]int
	}{{"too much", got, want}, {"missing", want, got}} {
		for r, n := range c.a {
			if n > c.b[r] && shown < 5 {
				shown++
				t.Errorf("statement %d: %s is %s", statement, r, c.what)
			}
		}
	}
}

var (
	lateMetric = regexp.MustCompile(`(?m)^flink_taskmanager_job_task_operator_numLateRecordsDropped\{(.*)\} (\d+)$`)
	inMetric   = regexp.MustCompile(`(?m)^flink_taskmanager_job_task_operator_numRecordsIn\{(.*operator_name="WindowAggregate".*)\} (\d+)$`)
	operatorID = regexp.MustCompile(`operator_id="([^"]*)"`)
)

// TestLate reads numLateRecordsDropped once the input has ended. An unbounded
// query in the same job keeps the operators there until the next checkpoint.
func TestLate(t *testing.T) {
	flott := cli.Build(t)
	rows := input(5000, 8)
	for _, strategy := range []string{"AUTO", "ONE_PHASE"} {
		t.Run(strategy, func(t *testing.T) {
			sql := table(t, rows) + `CREATE TABLE b (k STRING, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE forever (k STRING, n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
EXECUTE STATEMENT SET BEGIN
INSERT INTO b SELECT * FROM forever;
`
			want := map[int]int{}
			for _, w := range windows {
				sql += "INSERT INTO b SELECT k, COUNT(*) FROM " + w.call + " GROUP BY k, window_start, window_end;\n"
				want[w.late(rows, strategy == "AUTO")]++
			}
			sql += "END;\n"
			each(t, func(t *testing.T, args []string) {
				addr, dir := freeAddress(t), t.TempDir()
				args = append(args, "--metrics", addr, "-D", "execution.checkpointing.interval=1 h", "-D", "table.optimizer.agg-phase-strategy="+strategy)
				flott.Start(t, dir, append(args, script(t, dir, sql))...)
				await(t, addr, func(text string) string {
					in, late := sums(text, inMetric), sums(text, lateMetric)
					got := map[int]int{}
					for id, n := range in {
						if n != len(rows) {
							return fmt.Sprintf("operator %s has %d of %d rows", id, n, len(rows))
						}
						got[late[id]]++
					}
					if fmt.Sprint(got) != fmt.Sprint(want) {
						return fmt.Sprintf("late rows by operator: %v, want %v", got, want)
					}
					return ""
				})
			})
		})
	}
}

// sums adds up the values of a metric over the subtasks of each operator.
func sums(text string, metric *regexp.Regexp) map[string]int {
	out := map[string]int{}
	for _, m := range metric.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[2])
		out[operatorID.FindStringSubmatch(m[1])[1]] += n
	}
	return out
}

// await reads the metrics until check finds nothing wrong.
func await(t *testing.T, addr string, check func(text string) string) {
	t.Helper()
	timeout, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	wrong := "no metrics at " + addr
	for {
		select {
		case <-timeout:
			t.Fatal(wrong)
		case <-tick.C:
		}
		r, err := http.Get("http://" + addr + "/metrics")
		if err != nil {
			continue // not there yet
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || !strings.Contains(string(b), "numLateRecordsDropped") {
			continue
		}
		if wrong = check(string(b)); wrong == "" {
			return
		}
	}
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
