// Package rank holds the operators that keep the first rows of each partition in
// an order: Rank for Top-N, deduplication and ORDER BY … LIMIT of a stream,
// WindowRank for the same within windows, and First, which keeps the first row of
// a key in event time.
//
// What comes out, row by row and in which order, is what Flink's functions
// AppendOnlyTopN, FastTop1, UpdatableTopN and RetractableTopN put out.
//
// The rows of a partition are a list in state, in order of arrival. Their order
// by rank is not state: a short list is sorted when it is touched, that of a long
// one is kept in memory and made anew after a restore.
package rank
