// Package regex holds LIKE, SIMILAR TO and the functions of regular
// expressions, whose language is Java's.
//
// Java's patterns are translated: to Go's engine, which takes linear time,
// where the pattern has nothing that it lacks or understands otherwise; else
// to a backtracking one.
package regex
