// Package conditional holds the forms that choose between values. Most of them
// are lazy: exec/expr evaluates a value only for the rows that take it.
package conditional
