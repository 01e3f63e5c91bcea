package jobmanager

import (
	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/snapshot"
)

// Events of the master. Those of tasks are api.TaskChanged, api.EndOfData,
// api.Acknowledge and api.Decline.
type (
	start  struct{}
	tick   struct{}
	cancel struct{}
	// requested asks for a checkpoint or savepoint; token is a *reply.
	requested struct {
		token   *reply
		options checkpoint.Options
	}
	// discovered is the answer of an enumerator.
	discovered struct {
		vertex, generation int
		splits             []connector.Split
		more               bool
		state              []byte
		err                error
	}
	// stored tells that a checkpoint's metadata is written, or not.
	stored struct {
		id   element.CheckpointID
		meta *snapshot.Metadata
		dir  string
		err  error
	}
	// evicted tells that another process has taken the job's folder.
	evicted struct{ err error }
	// deployFailed tells that a task was not started.
	deployFailed struct {
		execution api.ExecutionID
		err       error
	}
)

// Actions of the master, carried out by the shell in order.
type (
	deploy struct {
		tm int
		d  api.Deploy
	}
	cancelTask struct {
		tm int
		e  api.ExecutionID
	}
	finishTask struct {
		tm int
		e  api.ExecutionID
	}
	trigger struct {
		tm int
		t  api.Trigger
	}
	notify struct {
		tm int
		c  api.CheckpointDone
	}
	assign struct {
		tm int
		a  api.AssignSplits
	}
	// enumerate starts the enumerator of a source; its answers carry the
	// generation.
	enumerate struct {
		vertex, generation int
		restore            *snapshot.EnumeratorState
	}
	// stopEnumerator ends it.
	stopEnumerator struct{ vertex int }
	// store writes the metadata, and copies a savepoint to target.
	store struct {
		meta   snapshot.Metadata
		target string
	}
	// discard removes what an aborted checkpoint has left.
	discard struct{ id element.CheckpointID }
	// report tells people about something that went wrong and is mended.
	report struct {
		what string
		err  error
	}
	// retire removes the complete checkpoints that are older than needed.
	retire struct{ keep int }
	// release forgets links, forget the counters of attempts.
	release struct{ links []uint64 }
	forget  struct{ executions []api.ExecutionID }
	// answer ends a request.
	answer struct {
		token *reply
		info  api.CheckpointInfo
		err   error
	}
	// terminal: the job is over.
	terminal struct {
		state api.JobState
		err   error
	}
	// reached passes a failpoint; an error there fails the job.
	reached struct{ name string }
)

// reply is where the one who asked waits.
type reply struct {
	done chan struct{}
	info api.CheckpointInfo
	err  error
}

func newReply() *reply { return &reply{done: make(chan struct{})} }
