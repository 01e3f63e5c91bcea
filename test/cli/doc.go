// Package cli runs the flott binary in tests the way a user does: as a process,
// with arguments, an exit code and `--output jsonl` on its standard output.
//
// Tests get the binary from [Build], start it with [Binary.Run] (to its end) or
// [Binary.Start] (for as long as the test wants), and read the answers to a
// script's statements with [ParseAnswers]. The parser is strict: what the jsonl
// interface does not allow is an error, so that every test that runs a script
// also tests the interface.
//
// The package imports nothing of flott. It knows only what a user knows.
package cli
