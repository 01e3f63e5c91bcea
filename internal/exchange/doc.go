// Package exchange carries elements from one subtask to others, in order, and
// never lets a fast writer drown a slow reader.
//
//	Writer ──▶ buffer ──▶ Link ══════▶ Link ──▶ Reader ──▶ task loop
//	                       │  ▲ credits │
//	                       └──┴─────────┘
//
// A Writer spreads rows over the links of its targets; a buffer goes out when
// it is full, when the task has nothing else to do, or when its first row has
// waited for the buffer timeout. A Reader merges the links of all input ports
// of a task: it combines watermarks and aligns barriers.
//
// Both ends of a link are in the same task manager (the buffer changes hands)
// or in two (frames over one TCP connection per direction). Nothing else
// differs.
//
// Invariants:
//
//	X1  Elements of one link arrive in the order written.
//	X2  A link holds at most its credit in bytes, and one buffer more. A writer
//	    without credit has no room; its task stops, and so slowness walks
//	    upstream to the source.
//	X3  No call blocks. Who cannot go on is woken when it can.
//	X4  An aligned barrier never overtakes a row.
//
// The package knows nothing of operators or of what checkpoints mean.
package exchange
