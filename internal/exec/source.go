package exec

import "github.com/flott/flott/connector"

// Source is an operator without input ports, the head of its chain. Nothing is
// pushed into it: when Next answers nil, either Ready will tell that there may
// be more, or it has ended.
type Source interface {
	Operator
	// Ready returns a channel that is readable when Next may have something.
	Ready() <-chan struct{}
	// Ended reports that Next will never answer anything again. A last mark
	// of types.MaxInstant has come before, unless Stop said otherwise.
	Ended() bool
	// Stop ends the source early (stop-with-savepoint); with drain it still
	// gives a last mark.
	Stop(drain bool)
}

// Splitted is a Source that reads splits which the job master hands out.
type Splitted interface {
	// AddSplits takes splits over; last says that none will follow. It may be
	// called at any time, also on an operator that is not drained.
	AddSplits(splits []connector.Split, last bool) error
	// Begun reports whether its output holds watermarks back from now on: it
	// does not as long as splits are awaited, nor if there will be none.
	Begun() bool
}

// Idler is an operator that may fall silent on its own (a source whose splits
// are all idle): then its watermark must hold nobody back. Others pass the
// idleness of their input on.
type Idler interface {
	// Idle reports whether the operator's output is idle now; it is asked on
	// a drained operator.
	Idle() bool
}
