// Package rest is Flink's REST API in front of a cluster: the paths, fields and
// errors that Flink's command line client and web dashboard read.
//
//	http.Server ─▶ Handler ─▶ route table ─▶ endpoint ─▶ api.Dispatcher
//	                              │                  └──▶ metrics.Registry, Logs
//	                              └─▶ /openapi.json
//
// The route table (routes.go) is the one description of the API: the mux, the
// OpenAPI document and the reference page are made from it, and a test holds the
// answers of the handlers against it.
//
// The package keeps nothing of a job but the outcome of requests that take a
// while (savepoints); pictures are made when somebody asks.
package rest
