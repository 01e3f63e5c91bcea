package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/test/cli"
)

// Contender copies the topic "in" to the topic "out", less some records.
type Contender struct {
	Name    string
	Command []string
	// Keep says which ids have to arrive.
	Keep func(id int64) bool
}

// Figures are what one run of a contender measured.
type Figures struct {
	Name  string `json:"name"`
	Error string `json:"error,omitempty"`

	// From the start of the process to the first record in the output.
	FirstS float64 `json:"first_s"`
	// Input records between the first and the last record in the output.
	RecordsS float64 `json:"records_s"`
	MBS      float64 `json:"mb_s"`
	// CPU seconds of the contender and of the broker for a million input records, in the same time.
	CPUPerM       float64 `json:"cpu_s_per_million"`
	BrokerCPUPerM float64 `json:"broker_cpu_s_per_million,omitempty"`
	// Resident memory: at the most, and at the end. Megabytes of 2^20 bytes.
	PeakMB  float64 `json:"peak_mb"`
	EndMB   float64 `json:"end_mb"`
	Threads int     `json:"threads"`
}

const mb = 1 << 20

// poll is how often the output topic is looked at. A look costs the broker some
// tens of microseconds.
const poll = 15 * time.Millisecond

// Run measures one run over the n records of topic "in" and checks what came out.
func (r *Rig) Run(ctx context.Context, c Contender, n int64, timeout time.Duration) Figures {
	f := Figures{Name: c.Name}
	if err := r.run(ctx, c, n, timeout, &f); err != nil {
		f.Error = err.Error()
	}
	return f
}

func (r *Rig) run(ctx context.Context, c Contender, n int64, timeout time.Duration, f *Figures) error {
	// The topic is new: an answer that does not know it yet must not be kept for long.
	cl, err := kgo.NewClient(kgo.SeedBrokers(r.Broker), kgo.MetadataMinAge(poll))
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	if err := Remake(ctx, adm, "out"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	p, err := r.Start(c.Name, c.Command)
	if err != nil {
		return err
	}
	defer p.Stop()

	want := Count(n, c.Keep)
	scale := float64(n) / float64(want) // the output counts, the input is reported
	var first, last usage
	var firstAt time.Time
	var firstN int64
	var brokerFirst, brokerLast float64
	for {
		ends, err := adm.ListEndOffsets(ctx, "out")
		if err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("%s after %s", context.Cause(ctx), timeout)
			}
			return err
		}
		end, _ := ends.Lookup("out", 0)
		now, u := time.Now(), treeUsage(p.PID)
		if u.rssMax > 0 {
			f.PeakMB, f.Threads = max(f.PeakMB, float64(u.rssMax)/mb), max(f.Threads, u.threads)
		}
		if firstAt.IsZero() && end.Offset > 0 {
			firstAt, firstN, first, brokerFirst = now, end.Offset, u, treeUsage(r.brokerPID).cpu
			f.FirstS = now.Sub(p.Started).Seconds()
		}
		if end.Offset >= want {
			last, brokerLast = u, treeUsage(r.brokerPID).cpu
			f.EndMB = float64(u.rss) / mb
			d, records := now.Sub(firstAt).Seconds(), float64(end.Offset-firstN)*scale
			if records <= 0 {
				return errors.New("all records were there at the first look at the output: nothing to measure")
			}
			f.RecordsS = records / d
			f.MBS = records * RecordSize / 1e6 / d
			f.CPUPerM = (last.cpu - first.cpu) / records * 1e6
			if r.brokerPID != 0 {
				f.BrokerCPUPerM = (brokerLast - brokerFirst) / records * 1e6
			}
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d records after %s\n%s", end.Offset, want, timeout, p.Log())
		case <-p.Done:
			return fmt.Errorf("it ended (%s) after %d of %d records\n%s", p.State(), end.Offset, want, p.Log())
		case <-time.After(poll):
		}
	}
	// Markers of transactions take offsets too, and the last transaction is
	// committed a little later: what counts is that the records arrive.
	wrong := fmt.Errorf("fewer than %d records were committed", want)
	for before, grown := int64(0), time.Now(); time.Since(grown) < 15*time.Second; {
		ends, err := adm.ListCommittedOffsets(ctx, "out")
		if err != nil {
			return err
		}
		if end, _ := ends.Lookup("out", 0); end.Offset > before {
			if end.Offset >= want {
				if wrong = Check(ctx, r.Broker, "out", n, c.Keep); wrong == nil {
					return nil
				}
			}
			before, grown = end.Offset, time.Now()
		}
		select {
		case <-ctx.Done():
			return wrong
		case <-p.Done:
			return fmt.Errorf("it ended (%s): %w\n%s", p.State(), wrong, p.Log())
		case <-time.After(10 * poll):
		}
	}
	return wrong
}

// Process is a contender that runs.
type Process struct {
	PID     int
	Started time.Time
	Done    chan struct{}

	cmd *exec.Cmd
	log string
}

// Start starts a command with its output in a file of the work folder.
func (r *Rig) Start(name string, command []string) (*Process, error) {
	log := filepath.Join(r.Dir, name+".log")
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	dir := filepath.Join(r.Dir, "run")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+dir)
	p := &Process{Started: time.Now(), Done: make(chan struct{}), cmd: cmd, log: log}
	group(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.PID = cmd.Process.Pid
	go func() {
		cmd.Wait() // State tells how it ended
		close(p.Done)
	}()
	return p, nil
}

// Stop ends the process: in order, and by force after ten seconds.
func (p *Process) Stop() {
	terminate(p.cmd)
	select {
	case <-p.Done:
	case <-time.After(10 * time.Second):
		kill(p.cmd)
		<-p.Done
	}
}

// State says how the process ended.
func (p *Process) State() string { return p.cmd.ProcessState.String() }

// CPU is the CPU time of the process, which has ended, in seconds.
func (p *Process) CPU() float64 {
	return (p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()).Seconds()
}

// Log is the end of what the process has written.
func (p *Process) Log() string {
	b, _ := os.ReadFile(p.log)
	return string(cli.Tail(b, 5))
}

// Best is the best of several runs: the highest rate, the least CPU and memory.
// On a machine that others use as well, that is what repeats.
func Best(runs []Figures) Figures {
	best := runs[0]
	for _, f := range runs[1:] {
		switch {
		case f.Error != "":
		case best.Error != "":
			best = f
		default:
			best.RecordsS, best.MBS = max(best.RecordsS, f.RecordsS), max(best.MBS, f.MBS)
			best.CPUPerM, best.BrokerCPUPerM = min(best.CPUPerM, f.CPUPerM), min(best.BrokerCPUPerM, f.BrokerCPUPerM)
			best.PeakMB, best.EndMB = min(best.PeakMB, f.PeakMB), min(best.EndMB, f.EndMB)
			best.FirstS = min(best.FirstS, f.FirstS)
		}
	}
	return best
}
