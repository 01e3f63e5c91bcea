package queries

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/flott/flott/test/cli"
)

// configuration is a way to run a script that must not change its results.
type configuration struct {
	batch       int // rows of a batch, 0 = the default
	parallelism int
	transport   string
}

// plain is the configuration of the recording.
var plain = configuration{parallelism: 1, transport: "local"}

func (c configuration) args() []string {
	args := []string{"-D", "parallelism.default=" + strconv.Itoa(c.parallelism), "-D", "flott.transport=" + c.transport}
	if c.batch > 0 {
		args = append(args, "-D", "flott.batch.size="+strconv.Itoa(c.batch))
	}
	return args
}

func (c configuration) String() string {
	return fmt.Sprintf("batch %d, parallelism %d, %s", cmp.Or(c.batch, 1024), c.parallelism, c.transport)
}

// matrix is every combination of batch size, parallelism and transport.
func matrix() []configuration {
	var all []configuration
	for _, transport := range []string{"local", "tcp"} {
		for _, parallelism := range []int{1, 4} {
			for _, batch := range []int{1, 7, 1024} {
				all = append(all, configuration{batch, parallelism, transport})
			}
		}
	}
	return all
}

// timed are the scripts with rows that come late, or that depend on watermarks
// between rows.
var timed = regexp.MustCompile(`^(late|computed|window_\w+)_\d+$`)

// TestConfigurations replays scripts under all configurations. Without
// FLOTT_SOAK, those about time run under each of them, the others under one
// that their name decides.
func TestConfigurations(t *testing.T) {
	flott := cli.Build(t)
	filter := regexp.MustCompile(*only)
	scripts, err := load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	type task struct {
		script
		configuration
	}
	var tasks []task
	soak := os.Getenv("FLOTT_SOAK") != ""
	all := matrix()
	for _, s := range scripts {
		if !filter.MatchString(s.name) {
			continue
		}
		under := all
		if !soak && !timed.MatchString(s.name) {
			h := fnv.New32a()
			h.Write([]byte(s.name))
			i := int(h.Sum32() % uint32(len(all)))
			under = all[i : i+1]
		}
		for _, c := range under {
			tasks = append(tasks, task{s, c})
		}
	}
	var mu sync.Mutex
	var differ []string
	next := make(chan task)
	var workers sync.WaitGroup
	for range side {
		workers.Go(func() {
			for k := range next {
				s := k.script
				if k.parallelism > 1 && s.compare == byChangelog {
					s.compare = byResult // which change comes first is open
				}
				reason := replay(t, flott, s, k.configuration)
				// What fails anyway is TestReplay's concern.
				if reason == "" || replay(t, flott, k.script, plain) != "" {
					continue
				}
				mu.Lock()
				differ = append(differ, fmt.Sprintf("%s (%s): %s", s.name, k.configuration, reason))
				mu.Unlock()
			}
		})
	}
	for _, k := range tasks {
		next <- k
	}
	close(next)
	workers.Wait()
	t.Logf("%d runs", len(tasks))
	if len(differ) > 0 {
		slices.Sort(differ)
		t.Errorf("%d are right only in the configuration of the recording:\n%s", len(differ), strings.Join(differ, "\n"))
	}
}
