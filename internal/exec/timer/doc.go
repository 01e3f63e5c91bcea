// Package timer holds the event-time timers of operators that act per key: a
// timer for each key and time, fired in the order of time.
//
// Which of several timers of the same time comes first is left open by Flink,
// but not by chance: its binary heap decides. A changelog that is the same, row
// by row, needs the same heap, so this one sifts as Flink's does. After a
// restore the order among equal times may be another one, as in Flink.
//
// A queue is not part of a snapshot: operators make it anew from their state.
package timer
