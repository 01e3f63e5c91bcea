// Package calc holds the operators that look at one row at a time: Calc filters
// and projects, Expand repeats rows (GROUPING SETS), DropUpdateBefore drops the
// -U rows of a changelog. They have no state but the last watermark; kinds and
// marks of the rows stay.
package calc
