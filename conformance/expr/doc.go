// Package expr evaluates scalar expressions whose type and value were recorded
// from a real Apache Flink: `go test ./conformance/expr`. testdata/ holds them by
// category, and conformance/README.md tells where they come from. Those named
// probed_ are variants of the others (other literals, types, operators and NULLs),
// recorded from Flink 2.2.0 in the same way.
//
// TestReplay puts several hundred expressions into one script and that through
// the flott binary. What differs stands in expected_failures.txt, and that list
// may only shrink.
package expr
