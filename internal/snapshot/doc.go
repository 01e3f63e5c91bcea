// Package snapshot reads and writes the files of checkpoints.
//
//	<job folder>/
//	  lock                 held by the running job (flock), with its pid
//	  id                   random, as old as the folder
//	  chk-17/
//	    <vertex>-<subtask>.state    one a subtask that has state
//	    _metadata                   written last: with it the checkpoint is whole
//	    …
//
// A state file is a run of sections, one for each operator and kind of state,
// and an index of them at its end, so that a reader finds what is its own:
//
//	"flotts1\n" | section bytes … | index (JSON) | at u64, len u32, CRC-32C u32 | "flotts1\n"
//
// Every section has a checksum in the index; the metadata has one of the whole
// file. Keyed sections are in the state backend's own format.
//
// The metadata is a line of JSON between a first line that names the format and
// its version and a last one with its checksum, so people can read it.
//
// Invariants:
//
//	N1  A checkpoint without a readable _metadata does not exist.
//	N2  _metadata names every file with its size and checksum; all of them are
//	    synced before it gets its name.
//	N3  A damaged file is refused by its name, never half used.
package snapshot
