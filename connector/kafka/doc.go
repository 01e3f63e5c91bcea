// Package kafka is the connectors `kafka` and `upsert-kafka`.
//
// franz-go's client carries the requests: connections, TLS, SASL, metadata,
// coordinators. The hot path is ours and knows no object per record:
//
//	broker ──fetch answer──▶ fetcher ──chunk──▶ reader ──batch──▶ task
//	         (bytes)          checks,            walks records;
//	                          unpacks            strings stay where they are
//
//	task ──batch──▶ writer ──record──▶ producer ──produce request──▶ broker
//	                encodes            batches, sequence numbers, retries
//
// The bytes of internal/recordbatch are the common language. String columns
// point into the fetch answer, which nobody writes again (vector.Stable): it is
// freed by the collector when the last batch that points into it is gone.
//
// # Exactly once
//
// A writer has one transaction open; Prepare closes it and hands its name (id,
// producer id, epoch) to the checkpoint, which waits until all its records are
// acknowledged; the committer ends it when the checkpoint is complete. So that
// rows need not wait at a barrier, the next transaction is initialised ahead,
// and its batches are collected while the last requests of the one before are
// under way. Transactional ids are prefix-subtask-n, a small pool
// for each writer, used in turn; see pool and committable for why an answer of
// the broker is never ambiguous. A restored writer first commits what the
// checkpoint names, then aborts every other open transaction of its ids, also
// of subtasks that exist no more. What can be committed no longer is an error
// that names the records lost.
//
// The engine must give a restored writer the states of all writers of the
// checkpoint, or at least that of its own subtask; and take writer and
// committer of a subtask from the same Sink.
//
// # Memory
//
// A reader's fetch answers take Env.MemoryBytes: a third is being read, a third
// waits, a third is walked through, each shared out among the brokers. A
// writer's batches take two thirds of it, the requests that carry them the
// rest. A single record may be larger than that and passes alone.
//
// # Failpoints
//
//	kafka-prepare            before the flush of a checkpoint begins
//	kafka-prepare-flushed    all records are acknowledged, nothing is handed on yet
//	kafka-before-commit      before EndTxn of a committable
//	kafka-after-commit       EndTxn was answered, the committer has not returned
//	kafka-commit-partial     between two committables
//	kafka-begin              a producer id for the next transaction was given out,
//	                         while the one before it is being written
//	kafka-restore-committed  a restored writer has committed, not yet aborted
//	kafka-before-abort       before each abort of a transaction left open
package kafka
