// Package compare holds the comparisons, BETWEEN, IN, and the tests for NULL.
package compare
