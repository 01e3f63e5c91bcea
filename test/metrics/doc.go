// Package metrics puts the real receivers behind the reporters and the log:
// Prometheus, its push gateway, InfluxDB, the OpenTelemetry collector (OTLP by
// gRPC and HTTP, StatsD), OpenSearch.
//
// They come from the reference scripts beside the repository (../shared/reference,
// or FLOTT_REFERENCE). FLOTT_COMPONENTS=FOLDER starts them in that folder, where
// they stay up for the next run; FLOTT_REQUIRE_METRICS=1, as in `make judges`, starts them in
// a temporary one, and what cannot be started is a failure. With neither the tests
// are skipped.
package metrics
