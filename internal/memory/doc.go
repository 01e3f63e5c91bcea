// Package memory hands out managed memory: segments of 32 KB that lie outside
// the Go heap, so that state of any size costs the collector nothing and the
// process's size is what the budget says.
//
//	Pool ── limit of the process, maps slabs of 1 MB
//	 └─ Reservation ── limit of one holder (an operator), takes segments
//	     └─ Segment ── 32 KB, contents unspecified
//
// Invariants:
//
//	M1  The segments of a reservation, and what it has charged, stay within its
//	    limit; those of all reservations within the pool's. Reserve sets its
//	    limit aside, Share takes what is there when it is needed.
//	M2  A segment belongs to one holder until it is given back. Invariant builds
//	    unmap segments that are given back, so a late reader faults at once.
//	M3  Memory without a user goes back to the system: a slab whose segments are
//	    all free is unmapped, but for one that is kept for the next taker.
//
// Segments carry no Go pointers. Pools and reservations are safe for
// concurrent use.
package memory
