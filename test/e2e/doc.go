// Package e2e tests the binary from end to end: scripts on a real Apache Kafka,
// crashes, faults, and the command line itself. It has tests only.
//
// A test gets topics of its own on a broker that all share, or a broker of its
// own when it means to hurt it. Where there is no Java, the tests that need Kafka
// are skipped and say so; nothing stands in for the broker.
package e2e
