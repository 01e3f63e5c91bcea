package metrics

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
)

// grouped is a job with two task boundaries, state, a watermark and checkpoints.
const grouped = `
	CREATE TABLE a (x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
		WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.x.max' = '9', 'fields.x.min' = '0');
	CREATE TABLE b (x INT, n BIGINT) WITH ('connector' = 'blackhole');
	CREATE TABLE c (x INT, n BIGINT) WITH ('connector' = 'blackhole');
	EXECUTE STATEMENT SET BEGIN
	INSERT INTO b SELECT x, COUNT(*) FROM a GROUP BY x;
	INSERT INTO c SELECT x, COUNT(*) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY x, window_start, window_end;
	END;`

func submit(t *testing.T, settings map[string]string, script string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Options{Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	s, err := e.Session(script)
	if err != nil {
		t.Fatal(err)
	}
	for p := range parser.Split(script) {
		r, errs := s.Execute(t.Context(), p)
		if errs != nil {
			t.Fatal(errs[0])
		}
		if r.Kind == session.Submitted {
			break
		}
	}
	return e
}

// sum adds the values of a metric over all subtasks, and counts them.
func sum(r *metrics.Registry, scope metrics.Scope, name string) (total float64, n int) {
	for _, s := range r.Read(metrics.Of(scope), nil) {
		if s.Name == name || strings.HasSuffix(s.Name, "."+name) {
			total += max(s.Value, 0) // a watermark before the first is far below
			n++
		}
	}
	return total, n
}

// TestJob reads what a running job tells, over both transports; all of it is in
// the reference.
func TestJob(t *testing.T) {
	for transport, bytes := range map[string]string{"local": "numBytesInLocal", "tcp": "numBytesInRemote"} {
		t.Run(transport, func(t *testing.T) {
			e := submit(t, map[string]string{"flott.transport": transport, "parallelism.default": "2", "execution.checkpointing.interval": "300 ms",
				"metrics.latency.interval": "50 ms", "metrics.latency.granularity": "subtask", "metrics.job.status.enable": "STATE;CURRENT_TIME;TOTAL_TIME"}, grouped)
			r := e.Metrics()
			for _, name := range []string{"numRecordsIn", "numRecordsOut", "numBuffersOut", bytes, "mailboxLatencyMs_count", "currentOutputWatermark", "stateEntries", "managedMemoryUsed", "accumulateIdleTimeMs"} {
				eventually(t, name+" is above 0", func() (string, bool) {
					v, n := sum(r, metrics.Task, name)
					return "0", v > 0 && n > 0
				})
			}
			eventually(t, "latency markers arrive at sinks", func() (string, bool) {
				v, n := sum(r, metrics.TaskManagerJob, "latency_count")
				return "none", v > 20 && n > 4
			})
			for _, name := range []string{"numberOfCompletedCheckpoints", "lastCheckpointCompletedTimestamp", "runningTimeTotal", "uptime"} {
				eventually(t, name+" is above 0", func() (string, bool) {
					v, n := sum(r, metrics.JobManagerJob, name)
					return "0", v > 0 && n == 1
				})
			}
			if v, n := sum(r, metrics.TaskManager, "TotalMemory"); v <= 0 || n == 0 {
				t.Errorf("network memory %v of %d task managers", v, n)
			}
			if v, _ := sum(r, metrics.JobManager, "taskSlotsTotal"); v < 2 {
				t.Errorf("%v slots", v)
			}
			for _, m := range r.All(nil) {
				listed := false
				for _, i := range metrics.Table {
					listed = listed || i.Describes(m)
				}
				if !listed {
					t.Errorf("%s %v is not in the reference", m.Name, m.Group.Parts())
				}
			}
			before := len(r.All(nil))
			e.Stop(false)
			eventually(t, "the job's metrics go with it", func() (string, bool) {
				_, n := sum(r, metrics.Task, "numRecordsIn")
				return "", n == 0 && len(r.All(nil)) < before
			})
		})
	}
}

// TestServed: --metrics serves what the registry holds.
func TestServed(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	e, err := engine.Open(engine.Options{Metrics: address})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil || !strings.Contains(string(b), "flink_jobmanager_Status_JVM_Memory_Heap_Used{") {
		t.Errorf("%v %.500s", err, b)
	}
	if _, err := engine.Open(engine.Options{Metrics: address}); err == nil || !strings.Contains(err.Error(), "cannot be served") {
		t.Errorf("a port in use: %v", err)
	}
}
