// Package api is what the parts of a cluster say to each other: requests and
// answers as plain structs, so that a wire can come between the parts without
// anybody noticing, and the states of jobs and tasks under Flink's names.
//
//	client ──JobManager──▶ dispatcher, job masters ──TaskManager──▶ task managers
//	                              ▲────────────TaskEvents───────────────┘
//
// Gateways do not block: a call hands a message over and returns. What comes of
// it is told by a later event.
package api
