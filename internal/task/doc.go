// Package task is one subtask's life: a goroutine that drives a chain of
// operators as a step machine.
//
//	mailbox ──▶ ┌──────────────────── step ─────────────────────┐
//	            │ mail > drain > todo > time > trigger > input  │ ──▶ exchange.Writers
//	links  ───▶ └───────────────────────────────────────────────┘
//
// A step does one small thing, the first of the line above that there is to do:
//
//	mail     splits, checkpoint triggers and notices; never blocked by rows
//	drain    Next of the deepest operator that is not drained, if there is room
//	todo     the rest of a barrier or of the end, one operator at a time
//	time     operators whose deadline has passed
//	trigger  a checkpoint that begins at this task
//	input    one batch of the source or the reader
//
// When no step makes progress the task lets all waiting rows go and sleeps
// until it is woken: by mail, input, room or time. So a row never waits for a
// timer on an idle task, and on a busy one not longer than the buffer timeout.
//
// Invariants:
//
//	T1  Operators are called by this goroutine alone, but for what they ask to be
//	    done aside: waiting for a flush (exec.Deferred), commits (exec.Committing).
//	T2  Barriers, time and the end meet a drained chain only (O1).
//	T3  Next is called only while all outputs of that operator have room.
package task
