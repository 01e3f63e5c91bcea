// Package physical decides how a logical plan runs: which operators, what they
// keep, how rows are distributed between them, and which row kinds travel
// where. Its result is a graph.StreamGraph of specs.
//
// Two traits are worked out on the way:
//
//	kinds     bottom-up: which of +I, +U/-U, -D an operator may put out
//	before    top-down: whether somebody downstream needs the -U rows
//
// A consumer that cannot live with what its input puts out (a sink that only
// appends, a window over an updating input …) is refused with an error that
// points at both ends.
package physical
