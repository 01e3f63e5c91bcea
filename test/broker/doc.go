// Package broker starts a real Apache Kafka broker for tests and benchmarks: one
// node in KRaft mode on 127.0.0.1, transactions included.
//
// It needs Java 17. Kafka's jars are fetched with Maven on first use, into the
// user's cache (FLOTT_CACHE names another folder). [Shared] gives all tests of a
// process one broker and skips the test where there is no Java; with
// FLOTT_REQUIRE_KAFKA=1, as in CI, that is a failure. FLOTT_KAFKA names a broker
// that runs already and is used as the shared one.
//
// A broker ends with the process that started it, also when that is killed.
package broker
