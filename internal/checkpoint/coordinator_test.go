package checkpoint

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/snapshot"
)

var rewrite = flag.Bool("rewrite", false, "write what is seen into testdata")

// TestData plays the stories in testdata: a line is the time in seconds and an
// event, the lines below it are the actions that follow.
//
//	new tasks=source,map interval=10 timeout=60
//	0 started
//	10 tick
//	> begin 1, trigger 0 with 1
func TestData(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(b))
			if *rewrite {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(b) {
				t.Errorf("got\n%s", diffLines(string(b), got))
			}
		})
	}
}

func diffLines(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range g {
		if i >= len(w) || w[i] != g[i] {
			return fmt.Sprintf("line %d: %q\nwant:    %q", i+1, g[i], append(w, make([]string, i+1)...)[i])
		}
	}
	return "fewer lines than wanted"
}

func play(t *testing.T, story string) string {
	var out []string
	var k *Coordinator
	zero := time.Unix(0, 0)
	for _, line := range strings.Split(story, "\n") {
		if strings.HasPrefix(line, ">") {
			continue // written anew
		}
		out = append(out, line)
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
			continue
		case f[0] == "new":
			k = build(t, f[1:])
			continue
		}
		var at float64
		if _, err := fmt.Sscan(f[0], &at); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		now := zero.Add(time.Duration(at * float64(time.Second)))
		for _, a := range k.Step(now, event(t, f[1:])) {
			out = append(out, "> "+show(a))
		}
		if d, ok := k.Deadline(); ok {
			out = append(out, fmt.Sprintf("> next at %v", d.Sub(zero).Seconds()))
		}
	}
	return strings.Join(out, "\n")
}

func build(t *testing.T, args []string) *Coordinator {
	c := Config{Tolerable: -1}
	var sources []bool
	seconds := func(s string) time.Duration {
		d, err := time.ParseDuration(s + "s")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, a := range args {
		key, v, _ := strings.Cut(a, "=")
		switch key {
		case "tasks":
			for _, n := range strings.Split(v, ",") {
				sources = append(sources, n == "source")
			}
		case "interval":
			c.Interval = seconds(v)
		case "timeout":
			c.Timeout = seconds(v)
		case "pause":
			c.MinPause = seconds(v)
		case "tolerable":
			fmt.Sscan(v, &c.Tolerable)
		case "final":
			c.Final = true
		default:
			t.Fatalf("unknown setting %q", key)
		}
	}
	return New(c, sources, 1)
}

func event(t *testing.T, f []string) Event {
	num := func(i int) (n int) {
		if _, err := fmt.Sscan(f[i], &n); err != nil {
			t.Fatalf("%v: %v", f, err)
		}
		return n
	}
	switch f[0] {
	case "started":
		return Started{}
	case "stopped":
		s := Stopped{Reason: "restarting"}
		for i := range f[1:] {
			s.Restarting = append(s.Restarting, num(i+1))
		}
		return s
	case "tick":
		return Tick{}
	case "request":
		r := Request{Token: "token"}
		for _, o := range f[1:] {
			r.Options.Savepoint = r.Options.Savepoint || o == "savepoint"
			r.Options.Stop = r.Options.Stop || o == "stop"
		}
		return r
	case "ended":
		return Ended{num(1)}
	case "ack":
		a := Acknowledged{Task: num(1), ID: element.CheckpointID(num(2))}
		if len(f) > 3 {
			a.File = &snapshot.File{Name: f[3]}
		}
		return a
	case "declined":
		return Declined{num(1), element.CheckpointID(num(2)), errors.New("disk full")}
	case "stored":
		s := Stored{ID: element.CheckpointID(num(1))}
		if len(f) > 2 {
			s.Err = errors.New("disk full")
		}
		return s
	}
	t.Fatalf("unknown event %v", f)
	return nil
}

func show(a Action) string {
	switch a := a.(type) {
	case Begin:
		s := fmt.Sprintf("begin %d", a.Checkpoint.ID)
		if a.Checkpoint.Final {
			s += ", the last one"
		}
		if a.Checkpoint.CommitOnly {
			s += ", to commit only"
		}
		return s
	case Trigger:
		return fmt.Sprintf("trigger task %d for %d", a.Task, a.Checkpoint.ID)
	case Store:
		var files []string
		for _, f := range a.Files {
			files = append(files, f.Name)
		}
		return fmt.Sprintf("store %d with %v", a.Checkpoint.ID, files)
	case Complete:
		s := fmt.Sprintf("complete %d after %v", a.Checkpoint.ID, a.Duration)
		if a.Last {
			s += ", tasks may go"
		}
		return s
	case Abort:
		return fmt.Sprintf("abort %d: %v", a.Checkpoint.ID, a.Err)
	case Refuse:
		return fmt.Sprintf("refuse %v: %v", a.Token, a.Err)
	case Fail:
		return fmt.Sprintf("fail the job: %v", a.Err)
	}
	return fmt.Sprintf("%T", a)
}
