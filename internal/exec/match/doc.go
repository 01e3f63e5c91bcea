// Package match finds row patterns: MATCH_RECOGNIZE.
//
//	rows ─▶ wait for the watermark ─▶ automaton of the partition ─▶ matches ─▶ measures
//
// A pattern becomes an automaton as Flink's CEP library builds it. Its runs are
// the matches under way; each row makes every run go on, split or end. Which of
// several matches comes first, and which are dropped because another one has been
// found, follows from the order in which Flink's priority queues hold the runs;
// they are copied here down to the sifting, for the result depends on it.
//
// A run is where it stands and the rows it has taken, by number. Between two rows
// of a partition its runs lie encoded in the state; rows that no run refers to
// are removed.
package match
