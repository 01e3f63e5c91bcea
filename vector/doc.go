// Package vector holds rows as columns: what connectors fill, operators pass on
// and sinks read.
//
// A Batch is up to a thousand rows or so; a Vector is one column of it:
//
//	fixed width   values    [v0|v1|v2|…]            one array of the element type
//	              validity  bit i = row i is not NULL; absent = no NULLs
//	strings       values    [Off,Len|Off,Len|…]     into one base buffer
//	lists         offsets   [0|3|3|7|…]             n+1, into the children
//	rows          children  one Vector a field      same length
//
// Rules:
//
//	V1  A batch is lent, not given. Whoever passes a batch on may reuse its
//	    memory after the receiver has returned it (an operator: after Next has
//	    reported that it is drained). Whoever wants to keep rows copies them.
//	V2  A receiver never changes a batch it was lent. It may pass columns of it
//	    on inside an output batch that lives no longer than the input.
//	V3  All columns of a batch have the batch's length; none is Const. Const
//	    vectors exist only inside an expression.
//	V4  Values at NULL rows are unspecified but initialised memory: kernels may
//	    compute them, nobody may show them.
//	V5  A Ref always lies inside its base, also at NULL rows.
//
// A Stable vector's base is never written again: references to it may be kept
// (by an asynchronous producer, say) as long as the bytes are needed.
package vector
