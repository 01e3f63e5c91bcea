package scheduler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flott/flott/internal/graph"
)

func TestAssign(t *testing.T) {
	job := &graph.JobGraph{Vertices: []*graph.Vertex{
		{ID: "a", Parallelism: 2, Slot: "default"}, {ID: "b", Parallelism: 3, Slot: "default"}, {ID: "c", Parallelism: 1, Slot: "own"}}}
	for _, c := range []struct {
		name    string
		free    Slots
		sharing bool
		want    string
	}{
		{"one task manager", Slots{-1}, true, "[[0 0] [0 0 0] [0]]"},
		{"in turn, subtask i of a group together", Slots{-1, -1}, true, "[[0 1] [0 1 0] [1]]"},
		{"no sharing", Slots{-1, -1}, false, "[[0 1] [0 1 0] [1]]"},
		{"full ones are passed over", Slots{1, 3}, true, "[[0 1] [0 1 1] [1]]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _, err := Assign(job, c.free, c.sharing)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(a); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	for sharing, want := range map[bool]string{true: "needs 4 slots, 3 are free", false: "needs 6 slots, 3 are free"} {
		if _, _, err := Assign(job, Slots{1, 2}, sharing); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("sharing %v: %v, want %q", sharing, err, want)
		}
	}
}

// TestNeighboursLieApart: without sharing, a chain of single tasks crosses from
// one task manager to the other at each edge.
func TestNeighboursLieApart(t *testing.T) {
	job := &graph.JobGraph{Vertices: []*graph.Vertex{{ID: "a", Parallelism: 1}, {ID: "b", Parallelism: 1}, {ID: "c", Parallelism: 1}}}
	a, _, err := Assign(job, Slots{-1, -1}, false)
	if err != nil || fmt.Sprint(a) != "[[0] [1] [0]]" {
		t.Errorf("got %v, %v", a, err)
	}
}
