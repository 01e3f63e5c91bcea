// Package queries replays SQL scripts whose answers were recorded from a real
// Apache Flink: `go test ./conformance/queries`. testdata/ holds them, and
// conformance/README.md tells where they come from.
//
// TestReplay runs each script through the flott binary, with Flink's settings of
// the recording, and compares statement by statement. What is known to differ
// stands in expected.txt, with the reason: a script that gets worse fails the
// test, one that gets better asks for `-update`.
package queries
