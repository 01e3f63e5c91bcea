// Package failpoint lets tests end the process, or fail a step, at a named
// point between "snapshot written" and "commit acknowledged". It is compiled
// into every binary and costs one atomic load where a point is passed.
//
//	FLOTT_FAILPOINT=name:exit        exit (code 137) when the point is reached
//	FLOTT_FAILPOINT=name:exit:2      … for the third time
//	FLOTT_FAILPOINT=name:error[:n]   return an error there
//
// Several are separated by commas. The points of the engine:
//
//	before-task-snapshot         a task has its barriers, nothing is written yet
//	after-task-snapshot          a task's file is written and synced
//	before-checkpoint-metadata   all tasks have acknowledged
//	after-checkpoint-metadata    the metadata file is in place: the checkpoint is complete
//	before-checkpoint-notify     before the tasks are told
//	before-commit                a sink is about to commit
//	after-commit                 a sink's commit was acknowledged
//	before-checkpoint-cleanup    older checkpoints are about to be removed
//	after-restore-commit         restored committables are committed, nothing was read yet
//	before-job-finished          all tasks have ended, the job's folder is not yet marked
//
// Connectors add theirs under their own name (`kafka-…`).
package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// ExitCode is the process's exit code at an `exit` point: that of a SIGKILL.
const ExitCode = 137

type point struct {
	exit bool
	skip int
}

var (
	armed atomic.Bool
	mu    sync.Mutex
	set   map[string]*point
)

func init() {
	if s := os.Getenv("FLOTT_FAILPOINT"); s != "" {
		if err := Arm(s); err != nil {
			fmt.Fprintln(os.Stderr, "FLOTT_FAILPOINT:", err)
			os.Exit(2)
		}
	}
}

// Arm sets the points of a list as in FLOTT_FAILPOINT and forgets earlier ones;
// an empty list disarms all.
func Arm(list string) error {
	points := map[string]*point{}
	for _, item := range strings.Split(list, ",") {
		if item == "" {
			continue
		}
		f := strings.Split(item, ":")
		if len(f) < 2 || len(f) > 3 || f[1] != "exit" && f[1] != "error" {
			return fmt.Errorf("%q is not of the form name:exit[:skip] or name:error[:skip]", item)
		}
		p := &point{exit: f[1] == "exit"}
		if len(f) == 3 {
			n, err := strconv.Atoi(f[2])
			if err != nil || n < 0 {
				return fmt.Errorf("%q: the number of times to skip is a whole number, not %q", item, f[2])
			}
			p.skip = n
		}
		points[f[0]] = p
	}
	mu.Lock()
	set = points
	mu.Unlock()
	armed.Store(len(points) > 0)
	return nil
}

// Reach passes the named point: it returns nil unless the point is armed.
func Reach(name string) error {
	if !armed.Load() {
		return nil
	}
	mu.Lock()
	p := set[name]
	hit := p != nil && p.skip == 0
	if p != nil {
		p.skip--
	}
	mu.Unlock()
	if !hit {
		return nil
	}
	if p.exit {
		os.Exit(ExitCode)
	}
	return fmt.Errorf("failpoint %q", name)
}
