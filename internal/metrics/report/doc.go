// Package report sends metrics to where monitoring systems want them, under the
// keys and names of Flink's reporters:
//
//	Registry ──every interval──▶ filter ─▶ labels ─▶ format ─▶ HTTP, TCP, UDP, log
//
// Each reporter has one goroutine, which takes a picture of the registry, sends
// it, and forgets it. A receiver that is slow or gone costs that goroutine's
// time and nothing else: nothing queues, no task waits, and the error is logged
// once a minute. Prometheus comes for its picture itself.
package report
