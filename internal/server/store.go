package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/snapshot"
)

// entry is a job in the store.
type entry struct {
	Version  int    `json:"version"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Identity string `json:"identity,omitempty"`
	// State is RUNNING for a job that is to run after a restart, else the
	// state in which it ended.
	State     api.JobState `json:"state"`
	Error     string       `json:"error,omitempty"`
	Submitted time.Time    `json:"submitted"`
	Ended     time.Time    `json:"ended,omitzero"`
	// Restore is the checkpoint or savepoint that the job was started from; it
	// counts until the job has a checkpoint of its own.
	Restore          string `json:"restore,omitempty"`
	AllowNonRestored bool   `json:"allowNonRestored,omitempty"`
	// GraphSum is the SHA-256 of graph.json.
	GraphSum string `json:"graphSum"`
}

const storeVersion = 1

// store is the folder of jobs. Its methods may be called by anybody for
// different jobs at a time.
type store struct{ dir string }

var jobIDForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (s store) folder(id string) string { return filepath.Join(s.dir, id) }

// state is the folder of a job's checkpoints.
func (s store) state(id string) string { return filepath.Join(s.folder(id), "state") }

// add keeps a new job.
func (s store) add(e entry, graph []byte) error {
	if err := os.MkdirAll(s.folder(e.ID), 0o700); err != nil {
		return err
	}
	sum := sha256.Sum256(graph)
	e.Version, e.GraphSum = storeVersion, hex.EncodeToString(sum[:])
	if err := snapshot.WriteAtomic(filepath.Join(s.folder(e.ID), "graph.json"), graph); err != nil {
		return err
	}
	return s.write(e)
}

func (s store) write(e entry) error {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return snapshot.WriteAtomic(filepath.Join(s.folder(e.ID), "job.json"), append(b, '\n'))
}

func (s store) remove(id string) error { return os.RemoveAll(s.folder(id)) }

// read returns the entry of a folder; it checks all that can be checked.
func (s store) read(id string) (entry, []byte, error) {
	var e entry
	b, err := os.ReadFile(filepath.Join(s.folder(id), "job.json"))
	if err != nil {
		return e, nil, err
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return e, nil, fmt.Errorf("job.json cannot be read: %w", err)
	}
	switch {
	case e.Version > storeVersion:
		return e, nil, fmt.Errorf("job.json is of version %d; this flott knows %d", e.Version, storeVersion)
	case e.ID != id:
		return e, nil, fmt.Errorf("job.json is that of job %q", e.ID)
	}
	graph, err := os.ReadFile(filepath.Join(s.folder(id), "graph.json"))
	if err != nil {
		return e, nil, err
	}
	if sum := sha256.Sum256(graph); hex.EncodeToString(sum[:]) != e.GraphSum {
		return e, nil, errors.New("graph.json does not have the checksum that job.json says")
	}
	return e, graph, nil
}

// stored is a job found in the store: an entry, or why there is none.
type stored struct {
	entry
	graph []byte
	err   error
}

// all reads the store, the oldest job first, damaged entries last.
func (s store) all() ([]stored, error) {
	names, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []stored
	for _, n := range names {
		if !n.IsDir() || !jobIDForm.MatchString(n.Name()) {
			continue
		}
		x := stored{}
		if x.entry, x.graph, x.err = s.read(n.Name()); x.err != nil {
			x.entry = entry{ID: n.Name()}
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b stored) int {
		if (a.err == nil) != (b.err == nil) {
			if a.err == nil {
				return -1
			}
			return 1
		}
		if c := a.Submitted.Compare(b.Submitted); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, nil
}
