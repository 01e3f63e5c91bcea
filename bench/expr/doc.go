// Command expr measures expressions and formats.
//
// Three things, in one run:
//
//	calls     SQL functions in flott and in a real Flink: the same bounded queries
//	          in batch mode over the same files. CPU time of the process, less
//	          that of the same query with plain columns.
//	kernels   what flott's compiled expressions take for 1,024 rows, in this process.
//	decoders  records a second of the formats json and csv, in this process.
//
// All figures are CPU time, of one thread's work: other guests of the machine
// disturb them least.
package main
