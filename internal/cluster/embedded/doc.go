// Package embedded is a whole cluster in one process: a job manager and one or
// more task managers that speak through package api as those of a distributed
// cluster do. With the option `flott.transport` = `tcp` the rows between two
// task managers go over loopback TCP.
package embedded
