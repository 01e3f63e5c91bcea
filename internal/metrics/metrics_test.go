package metrics

import (
	"strings"
	"testing"
	"time"
)

func TestPrometheus(t *testing.T) {
	r := New("h")
	now := time.Unix(1000, 0)
	r.now = func() time.Time { return now }
	task := r.TaskManager("tm-1").Job("j1", `my "job"`).Task("v1", "Source -> Sink", "a1", 2, 1)
	op := task.Operator("o1", "Source")
	op.RecordsIn().Add(120)
	op.Gauge("watermark.lag", func() float64 { return 1.5 })
	r.JobManager().Gauge("numRunningJobs", func() float64 { return 1 })
	h := task.Histogram("mailboxLatencyMs")
	for i := range int64(100) {
		h.Update(i + 1)
	}
	now = now.Add(10 * time.Second)
	var b strings.Builder
	if err := r.WritePrometheus(&b); err != nil {
		t.Fatal(err)
	}
	const labels = `host="h",tm_id="tm-1",job_id="j1",job_name="my \"job\"",task_id="v1",task_name="Source -> Sink",subtask_index="2",task_attempt_id="a1",task_attempt_num="1",`
	const opLabels = labels + `operator_id="o1",operator_name="Source",`
	for _, want := range []string{
		"# TYPE flink_taskmanager_job_task_operator_numRecordsIn gauge\n",
		"flink_taskmanager_job_task_operator_numRecordsIn{" + opLabels + "} 120\n",
		"flink_taskmanager_job_task_operator_numRecordsInPerSecond{" + opLabels + "} 12\n",
		"flink_taskmanager_job_task_operator_watermark_lag{" + opLabels + "} 1.5\n",
		`flink_jobmanager_numRunningJobs{host="h",} 1` + "\n",
		"# TYPE flink_taskmanager_job_task_mailboxLatencyMs summary\n",
		"flink_taskmanager_job_task_mailboxLatencyMs{" + labels + `quantile="0.5",} 50` + "\n",
		"flink_taskmanager_job_task_mailboxLatencyMs_count{" + labels + "} 100\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("missing %q in\n%s", want, b.String())
		}
	}
	task.Close()
	b.Reset()
	if err := r.WritePrometheus(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "taskmanager") {
		t.Errorf("closed group is still shown:\n%s", b.String())
	}
}

func TestMeterLooksBackOneMinute(t *testing.T) {
	now := time.Unix(0, 0)
	r := New("h")
	r.now = func() time.Time { return now }
	c := &Counter{}
	m := r.JobManager().Meter("rate", c)
	for range 24 { // 2 minutes at 10/s
		c.Add(50)
		now = now.Add(5 * time.Second)
		m.Rate()
	}
	for range 12 { // 1 minute of silence
		now = now.Add(5 * time.Second)
		m.Rate()
	}
	now = now.Add(5 * time.Second)
	if got := m.Rate(); got != 0 {
		t.Errorf("after a silent minute the rate is %v", got)
	}
}

func TestNilGroup(t *testing.T) {
	var g *Group
	c := g.Job("a", "b").Operator("c", "d").RecordsIn()
	c.Add(3)
	g.Gauge("x", func() float64 { return 0 })
	g.Close()
	if c.Value() != 3 {
		t.Fatal("a counter of a nil group must count")
	}
}
