// Package engine is a cluster in this process with sessions on it: what
// `flott run` and the Go API share. It derives the memory budget, tells the Go
// runtime about it, starts the embedded cluster, and gives jobs their identity
// and folder.
package engine
