// Package cast holds CAST and TRY_CAST: every pair of types that Flink
// converts, with its text forms and its limits.
//
// A caster converts a whole vector. Where a value has no meaning in the target
// type, CAST fails and TRY_CAST gives NULL; a DECIMAL that overflows is NULL in
// both.
package cast
