// Package taskmanager runs tasks: it turns a deployment into a task with its
// links, starts its goroutine, and tells the job manager what becomes of it.
// It knows nothing of jobs as a whole.
package taskmanager
