package jobmanager

import (
	"strings"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// gauges shows what the job manager knows of the cluster.
func (d *Dispatcher) gauges() {
	g := d.Metrics
	g.Gauge("numRunningJobs", func() float64 {
		d.mu.Lock()
		defer d.mu.Unlock()
		return float64(len(d.jobs))
	})
	g.Gauge("numRegisteredTaskManagers", func() float64 { return float64(len(d.TaskManagers)) })
	g.Gauge("numPendingTaskManagers", func() float64 { return 0 })
	g.Gauge("taskSlotsTotal", func() float64 { total, _ := d.countSlots(); return float64(total) })
	g.Gauge("taskSlotsAvailable", func() float64 { total, used := d.countSlots(); return float64(total - used) })
}

// countSlots counts the slots there are and those in use. Where there are as
// many as jobs need, there are as many as are in use.
func (d *Dispatcher) countSlots() (total, used int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, n := range d.Slots {
		here := 0
		for _, j := range d.jobs {
			if i < len(j.slots) {
				here += j.slots[i]
			}
		}
		if n < 0 {
			n = here
		}
		total, used = total+n, used+here
	}
	return total, used
}

// statuses are the job states that have metrics, with the first part of their names.
var statuses = []struct {
	name  string
	state api.JobState
}{
	{"initializing", api.JobInitializing}, {"created", api.JobCreated}, {"running", api.JobRunning}, {"restarting", api.JobRestarting},
	{"cancelling", api.JobCancelling}, {"failing", api.JobFailing},
}

// gauges shows a job's status and checkpoints.
func (j *Job) gauges(options map[string]string) {
	g := j.scope
	show := func(name string, f func(m *master) float64) {
		g.Gauge(name, func() float64 {
			j.mu.Lock()
			defer j.mu.Unlock()
			return f(j.master)
		})
	}
	show("numRestarts", func(m *master) float64 { return float64(m.nFailed) })
	show("numberOfCompletedCheckpoints", func(m *master) float64 { return float64(m.stats.Completed) })
	show("numberOfFailedCheckpoints", func(m *master) float64 { return float64(m.stats.Failed) })
	show("numberOfInProgressCheckpoints", func(m *master) float64 { return float64(m.stats.InProgress) })
	show("totalNumberOfCheckpoints", func(m *master) float64 { return float64(m.stats.Completed + m.stats.Failed + m.stats.InProgress) })
	show("lastCheckpointDuration", func(m *master) float64 { return float64(m.stats.Latest.Duration.Milliseconds()) })
	show("lastCheckpointSize", func(m *master) float64 { return float64(m.stats.Latest.SizeBytes) })
	show("lastCheckpointFullSize", func(m *master) float64 { return float64(m.stats.Latest.SizeBytes) })
	show("lastCompletedCheckpointId", func(m *master) float64 { return float64(m.stats.Latest.ID) })
	show("lastCheckpointCompletedTimestamp", func(m *master) float64 {
		return millisOf(m.stats.Latest.Triggered.Add(m.stats.Latest.Duration), m.stats.Latest.ID > 0)
	})
	show("lastCheckpointRestoreTimestamp", func(m *master) float64 { return millisOf(m.stats.restoredAt, !m.stats.restoredAt.IsZero()) })
	g.GaugeText("lastCheckpointExternalPath", func() string {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.master.stats.Latest.ID == 0 {
			return "n/a"
		}
		return j.master.stats.Latest.Path
	})
	since := func(m *master, s api.JobState) float64 {
		if m.state != s {
			return 0
		}
		return float64(types.Instant(j.clock.Now().UnixMilli()) - m.entered.At(s))
	}
	show("uptime", func(m *master) float64 { return since(m, api.JobRunning) })
	show("downtime", func(m *master) float64 {
		switch m.state {
		case api.JobRestarting, api.JobFailing, api.JobCancelling:
			return since(m, m.state)
		}
		return 0
	})
	wanted := strings.ToUpper(option.Set(options).Text(config.MetricsJobStatus))
	for _, s := range statuses {
		show(s.name+"State", func(m *master) float64 {
			if m.state == s.state {
				return 1
			}
			return 0
		})
		if strings.Contains(wanted, "CURRENT_TIME") {
			show(s.name+"Time", func(m *master) float64 { return since(m, s.state) })
		}
		if strings.Contains(wanted, "TOTAL_TIME") {
			show(s.name+"TimeTotal", func(m *master) float64 { return since(m, s.state) + float64(m.spent[s.state].Milliseconds()) })
		}
	}
}

// millisOf is a time in milliseconds since 1970, -1 if there is none.
func millisOf(t time.Time, any bool) float64 {
	if !any {
		return -1
	}
	return float64(t.UnixMilli())
}
