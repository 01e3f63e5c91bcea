// Package math holds the functions of numbers.
package math
