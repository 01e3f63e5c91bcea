// Package kernel holds the loops: one generic loop per operation and operand
// shape, over the memory of vectors. It knows neither SQL's functions nor
// their names; internal/function does, and picks kernels by Phys once, when an
// expression is compiled.
//
// An operand is a slice as long as the result, or of length one: a constant.
// Loops are generic over types only. An operation as a func value or a type
// parameter inside the loop costs four to five times as much.
//
// Kernels compute NULL rows too. Partial operations take the validity of the
// result and report the first row that is bad and not NULL.
package kernel
