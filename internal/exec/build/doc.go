// Package build makes operators from their specs: one switch over the kinds, so
// that the way from a plan to running code can be read in one place. The task
// calls it; operators know nothing of it.
package build
