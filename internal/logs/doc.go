// Package logs writes the lines that the engine logs to where the configuration
// (`flott.log.…`) wants them:
//
//	slog ──▶ mask ──▶ text or JSON ──▶ stderr, stdout
//	                 │               ├▶ rolling files flott.log, flott.log.1, …
//	                 │               └▶ the last lines in memory, without files
//	                 └▶ JSON documents ─▶ buffer ─▶ Elasticsearch, OpenSearch
//
// Whoever logs never waits for a network: the buffer is bounded, drops its
// oldest lines and counts them. Values of options that hold secrets are masked
// on the way, by their key, by patterns such as `password=…`, and by the value
// itself where the configuration has told it.
//
// Log also answers the log pages of the REST door: which files there are, and
// one of them by its name.
package logs
