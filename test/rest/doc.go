// Package rest puts Flink's own clients in front of `flott server`: the command
// line client, and the web dashboard in a real Chromium.
//
// Both come from an assembled distribution of Apache Flink 2: the folder
// FLOTT_FLINK, or what lies in ~/.cache/flott-reference. Without it, Java or
// Chromium the tests are skipped; with FLOTT_REQUIRE_FLINK=1, as in `make judges`, that
// is a failure. Screenshots go to the folder FLOTT_SHOTS, if it is set.
package rest
