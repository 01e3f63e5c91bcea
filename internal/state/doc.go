// Package state keeps the keyed state of an operator in memory segments, in
// batches: a batch of keys in, a batch of records out.
//
//	Backend ── all state of one operator subtask; snapshot and restore
//	 ├─ Table ── key → record of fixed width, changed in place
//	 │   ├─ blobs: values of variable length that records refer to
//	 │   └─ Multi ── per key a list of values with a count each, in order of arrival
//	 └─ Windows ── tables by window end, each dropped whole
//
// A record is addressed by a uint32 in units of 8 bytes, so a table holds up to
// 32 GB; addresses stay valid until the record is deleted, pointers only until
// the next call that may add to the table.
//
//	page 0 (grows from 512 B)   page 1 … (one segment each)
//	┌─────┬──────────┬────────┐ ┌────────┬──…
//	│ 8 B │ record   │ record │ │ record │
//	└─────┴──────────┴────────┘ └────────┴──…
//	record: header 8 B (hash, live) │ key words, or a blob's place │ value
//
// Keys are found by an extendible hash index: tables of at most 4,096 entries
// that split one at a time, so no insert waits for a large rehash.
//
// Invariants:
//
//	S1  Every byte comes from the operator's memory.Reservation. When it is used
//	    up, the call fails with the reservation's error and the state is whole.
//	S2  State is partitioned by key group only when a snapshot is written.
//	S3  A snapshot carries each state's name and fingerprint; a restore into
//	    another shape is refused by the state's name, a damaged file by its own.
//
// A backend belongs to its task's goroutine.
package state
