// Package invariant holds the engine's assertions against its own mistakes.
//
// They exist only in builds with `-tags invariant` or -race; elsewhere Enabled
// is a false constant and the compiler drops what stands behind it:
//
//	if invariant.Enabled {
//		invariant.Assert(n <= len(rows), "%d rows of %d", n, len(rows))
//	}
//
// A broken assertion panics: it is never the user's fault.
package invariant
