// Package client speaks to a server: its SQL gateway (Gateway) and its REST API
// (REST). Both are Flink's protocols, so a Flink cluster can stand at the other
// end as well.
package client
