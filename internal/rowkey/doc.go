// Package rowkey writes rows, or the key columns of rows, as bytes: as keys of
// state tables, as stored rows, and for deciding which subtask owns a key.
//
//	┌──────────────────────────────┬───────────┬─────┐┌──────────────┐
//	│ fixed fields, widest first   │ null bits │ pad ││ strings, …   │
//	└──────────────────────────────┴───────────┴─────┘└──────────────┘
//	 a string or nested field is offset u32, length u32 of its bytes behind
//
// The fixed section is a multiple of 8 bytes. Rows without strings and nested
// fields have one width and are compared word by word. Two rows of equal types
// (nullability aside) are equal exactly when their bytes are; NULL is a value
// like any other. Integers are little-endian, as in memory.
//
// The hash of a key is the upper half of its bytes' XXH3; KeyGroup turns it
// into a key group. The exchange and the state use the same functions, so a row
// always arrives where its state is.
package rowkey
