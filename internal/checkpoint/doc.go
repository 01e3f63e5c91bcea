// Package checkpoint decides when checkpoints happen and what becomes of them.
//
// Coordinator is a pure state machine: events and the time go in, actions come
// out. It belongs to a job master, which carries the actions out.
//
//	       Tick, Request                 all acknowledged
//	idle ───────────────▶ collecting ─────────────────────▶ completing
//	 ▲                        │ Decline, timeout, Stop           │
//	 │                        ▼                                  │
//	 └────────────────── Abort ◀──── metadata not written ───────┤
//	 └────────────────── Complete ◀── metadata written ──────────┘
//
// Barriers start at sources; tasks whose input has ended have no links left to
// get barriers by and are triggered as sources are. When the last task has
// ended a final checkpoint follows at once.
package checkpoint
