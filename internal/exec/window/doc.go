// Package window holds the operators that know windows: WindowTVF, which
// attaches windows to rows, and WindowAgg, which aggregates them.
//
// WindowAgg works on slices: pieces of time that no window cuts. A row goes
// into one slice; a window is put out by merging its slices.
//
//	TUMBLE    |  slice = window  |
//	HOP       | s1 | s2 | s3 | s4 |      window = size/slide slices, each
//	          └──── w1 ─────┘            slice is dropped with its last window
//	               └──── w2 ─────┘
//	CUMULATE  | s1 | s2 | s3 |           s1 takes s2, s3 … in as their windows
//	          └ w1 ┘                     fire, and is dropped with the last
//	          └─── w2 ──┘
//
// State is one table for each slice end. Windows fire in the order of their
// ends when a watermark passes; rows are late relative to the watermark before
// them, which may stand in the middle of a batch.
//
// Times within the package are milliseconds of the windows' own clock: local
// time of the session zone if the time column is a TIMESTAMP_LTZ.
package window
