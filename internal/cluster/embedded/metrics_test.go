package embedded

import (
	"strings"
	"testing"

	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
)

// TestMetrics reads a running job's metrics under Flink's names, and sees them
// go with the job.
func TestMetrics(t *testing.T) {
	w, id := newWorld(t, 2, -1)
	r := metrics.New("here")
	c, err := Start(Config{Metrics: r})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	j := submit(t, c, encode(t, copyJob(id, spec.Hash), 1, never), SubmitOptions{JobID: "0123"})
	w.allow(50)
	read(t, j, 100)
	if _, err := j.Checkpoint(timeout(t)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all rows are written", func() bool { return j.Status().Vertices[1].RecordsOut == 100 })
	scrape := func() string {
		var b strings.Builder
		if err := r.WritePrometheus(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := scrape()
	for _, want := range []string{
		`flink_taskmanager_job_task_operator_numRecordsIn{host="here",tm_id="tm-1",job_id="0123",job_name="copy",`,
		`operator_name="numbers",} 100`,
		`operator_name="store",} 100`,
		`flink_taskmanager_job_task_numRecordsOut{`,
		`flink_jobmanager_job_numberOfCompletedCheckpoints{host="here",job_id="0123",job_name="copy",} 1`,
		`flink_jobmanager_job_runningState{host="here",job_id="0123",job_name="copy",} 1`,
		`flink_jobmanager_numRunningJobs{host="here",} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %s in\n%s", want, text)
		}
	}
	j.Cancel()
	j.Wait(timeout(t))
	eventually(t, "its metrics go with the job", func() bool { return !strings.Contains(scrape(), "0123") })
}
