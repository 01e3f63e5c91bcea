// Package scheduler decides where tasks run: slots of task managers, shared by
// one subtask of each vertex of a slot sharing group, so that a job needs as
// many slots as its widest vertex has subtasks.
package scheduler

import (
	"fmt"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/graph"
)

// Slots are the free slots by task manager; a negative number is no limit.
type Slots []int

// Assignment tells for each vertex and subtask the task manager that runs it.
type Assignment [][]int

// Assign spreads the slots of a job over the task managers, one in turn, and
// tells how many it took of each. With sharing, subtask i of all vertices of a
// group has one slot; without, each has its own, so that rows travel as far as
// they can.
func Assign(g *graph.JobGraph, free Slots, sharing bool) (Assignment, []int, error) {
	left := append(Slots(nil), free...)
	used := make([]int, len(free))
	next := 0
	place := map[string][]int{} // group → slot → task manager
	a := make(Assignment, len(g.Vertices))
	for i, v := range g.Vertices {
		a[i] = make([]int, v.Parallelism)
		for s := range v.Parallelism {
			group := v.Slot
			if !sharing {
				group = v.ID
			}
			slots := place[group]
			if s == len(slots) {
				tm, ok := take(left, &next)
				if !ok {
					return nil, nil, notEnough(g, free, sharing)
				}
				used[tm]++
				slots = append(slots, tm)
				place[group] = slots
			}
			a[i][s] = slots[s]
		}
	}
	return a, used, nil
}

// take takes a slot of the next task manager that has one.
func take(left Slots, next *int) (tm int, ok bool) {
	for range left {
		tm = *next
		*next = (tm + 1) % len(left)
		if left[tm] != 0 {
			left[tm]--
			return tm, true
		}
	}
	return 0, false
}

func notEnough(g *graph.JobGraph, free Slots, sharing bool) error {
	widest := map[string]int{}
	for _, v := range g.Vertices {
		group := v.Slot
		if !sharing {
			group = v.ID
		}
		widest[group] = max(widest[group], v.Parallelism)
	}
	needed, have := 0, 0
	for _, n := range widest {
		needed += n
	}
	for _, n := range free {
		have += n
	}
	return &diag.Error{Code: "no-slots", Stage: diag.StageRun, Message: fmt.Sprintf("the job needs %d slots, %d are free", needed, have),
		Help: "raise 'taskmanager.numberOfTaskSlots', or lower 'parallelism.default'"}
}
