// Package temporal holds the functions of dates and times, FLOOR and CEIL
// among them, which also round numbers.
//
// Flink counts the days of a TIMESTAMP before 1970 towards zero, so that the
// last hours of 1969-12-31 belong to 1970-01-01 for YEAR, MONTH and the like.
// A TIMESTAMP_LTZ is taken apart in the session's zone.
package temporal
