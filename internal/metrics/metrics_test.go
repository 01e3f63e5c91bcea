package metrics

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/option"
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
	if strings.Contains(b.String(), "taskmanager_job") {
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

func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{
		"":                       "h.taskmanager.tm-1.my job.Source: orders.3.topic.a.b.offset",
		"metrics.scope.operator": "h.tm-1.my job.o1.3.topic.a.b.offset",
		"metrics.scope.tm":       "tm-1.x.my job.o1.3.topic.a.b.offset",
	} {
		s := option.Set{}
		switch name {
		case "metrics.scope.operator":
			s = option.Set{name: "<host>.<tm_id>.<job_name>.<operator_id>.<subtask_index>"}
		case "metrics.scope.tm":
			s = option.Set{name: "<tm_id>.x", "metrics.scope.tm-job": "*.<job_name>", "metrics.scope.task": "*.gone", "metrics.scope.operator": "<tm_id>.x.<job_name>.<operator_id>.<subtask_index>"}
		}
		r := New("h")
		if err := r.Configure(s); err != nil {
			t.Fatal(err)
		}
		g := r.TaskManager("tm-1").Job("j1", "my job").Task("v1", "t", "a", 3, 0).Operator("o1", "Source: orders").SubValue("topic", "a.b")
		if got := g.Identifier("offset", "", nil); got != want {
			t.Errorf("%s: %s", name, got)
		}
		if got := g.Identifier("offset", "/", CleanName); !strings.HasSuffix(got, "/3/topic/a_b/offset") {
			t.Errorf("cleaned: %s", got)
		}
		if got := g.Logical(); got != "taskmanager.job.task.operator.topic" {
			t.Errorf("logical scope: %s", got)
		}
	}
	for key, format := range map[string]string{"metrics.scope.jm": "<tm_id>", "metrics.scope.task": "<operator_name>", "metrics.scope.tm-job": "*.<what>"} {
		err := New("h").Configure(option.Set{key: format})
		if err == nil || !strings.Contains(err.Error(), "there is no variable") {
			t.Errorf("%s=%s: %v", key, format, err)
		}
	}
	r := New("h")
	if err := r.Configure(option.Set{"metrics.scope.tm": "a.<tm_id>", "metrics.scope.tm-job": "*.<job_name>", "metrics.scope.task": "*.<subtask_index>"}); err != nil {
		t.Fatal(err)
	}
	if got := r.TaskManager("x").Job("j", "n").Task("v", "t", "a", 7, 0).Identifier("m", "", nil); got != "a.x.n.7.m" {
		t.Errorf("inherited formats: %s", got)
	}
}

// TestQuery asks for metrics as the REST API's paths do.
func TestQuery(t *testing.T) {
	r := New("h")
	r.JobManager().Gauge("numRunningJobs", func() float64 { return 2 })
	for _, job := range []string{"j1", "j2"} {
		r.JobManager().Job(job, "n").GaugeText("lastCheckpointExternalPath", func() string { return "p" })
		for subtask := range 2 {
			task := r.TaskManager("tm-1").Job(job, "n").Task("v1", "t", "a", subtask, 0)
			task.RecordsIn().Add(int64(10 * (subtask + 1)))
			op := task.Operator("o1", "Source: a, b")
			op.Histogram("h").Update(5)
			op.SubValue("topic", "x.y").Gauge("offset", func() float64 { return 7 })
		}
	}
	has := func(s Selector, names ...string) {
		t.Helper()
		all := "\n" + strings.Join(r.Names(s), "\n") + "\n"
		for _, n := range names {
			if !strings.Contains(all, "\n"+n+"\n") {
				t.Errorf("%q is missing in %s", n, all)
			}
		}
	}
	has(Of(JobManager), "numRunningJobs", "Status.JVM.Memory.Heap.Used")
	has(Of(TaskManager), "Status.JVM.Threads.Count")
	has(Of(JobManagerJob), "lastCheckpointExternalPath")
	task := Of(Task)
	task.Job, task.Task = "j1", "v1"
	has(task, "numRecordsIn", "numRecordsInPerSecond", "Source__a__b.h_p99", "Source__a__b.topic.x_y.offset")
	sum := 0.0
	for _, s := range r.Read(task, []string{"numRecordsIn", "Source__a__b.h_max"}) {
		if s.Job != "j1" || s.Task != "v1" || s.TaskManager != "tm-1" || s.Name == "numRecordsIn" && s.Value != float64(10*(s.Subtask+1)) {
			t.Errorf("%+v", s)
		}
		sum += s.Value
	}
	if sum != 10+20+5+5 {
		t.Errorf("the samples are %v together", sum)
	}
	task.Subtask = 1
	if s := r.Read(task, []string{"numRecordsIn"}); len(s) != 1 || s[0].Text != "20" || s[0].Subtask != 1 {
		t.Errorf("subtask 1: %+v", s)
	}
	job := Of(JobManagerJob)
	job.Job = "j2"
	if s := r.Read(job, []string{"lastCheckpointExternalPath"}); len(s) != 1 || s[0].Text != "p" || !math.IsNaN(s[0].Value) {
		t.Errorf("job: %+v", s)
	}
}

// TestClose: what is closed leaves nothing behind, also in the groups above.
func TestClose(t *testing.T) {
	r := New("h")
	tm := r.TaskManager("t")
	before := len(r.All(nil))
	for range 3 {
		g := tm.Job("j", "n")
		g.Task("v", "t", "a", 0, 0).Operator("o", "op").SubValue("split", "1").Gauge("x", func() float64 { return 1 })
		s := g.Sub("a.b")
		s.Close()
		if g.Sub("a.b") == s {
			t.Error("a closed group comes back")
		}
		g.Close()
	}
	if n := len(r.All(nil)); n != before || len(tm.children) != len(tm.named) {
		t.Errorf("%d metrics instead of %d; %d children, %d of them by name", n, before, len(tm.children), len(tm.named))
	}
	if r.TaskManager("t") != tm {
		t.Error("a manager has two groups")
	}
}

func TestWholeNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", -3: "-3", 1e15: "1000000000000000", math.MinInt64: "-9223372036854775808", math.MaxInt64: "9223372036854775807", 0.5: "0.5", 1e300: "1e+300"} {
		if got := formatFloat(v); got != want {
			t.Errorf("%v is printed as %s", v, got)
		}
	}
}
