// Package arith holds the operators + - * / % and the sign: of numbers, of
// intervals, and of dates and times with intervals.
package arith
