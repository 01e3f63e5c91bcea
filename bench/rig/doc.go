// Package rig is what the benchmarks share: the load, the broker, the contenders
// as processes, and the table at the end.
//
// A contender is a process that copies one topic to another. The rig starts it,
// watches the output topic's end offsets, and reads the process's CPU time and
// memory from /proc, so a Go loop, flott and a JVM are measured alike and from
// outside. What came out is read back and counted: a fast wrong answer is none.
//
// It runs on Linux. A comparison with Flink needs the reference scripts, which
// are not part of this repository: see [Reference].
package rig
