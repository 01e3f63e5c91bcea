// Package gateway is Flink's SQL gateway: sessions, statements, operations and
// results over REST, in the versions v1 to v4, so that Flink's SQL client and
// JDBC driver can be used with flott. It is also how `flott run --target` and
// the page's editor speak to a server.
//
//	POST /sessions ─▶ session ── POST statements ─▶ operation (its own goroutine)
//	                                                   │ pages
//	                     GET …/result/0, 1, 2 … ◀──────┘
//
// Operations of a session are carried out one after the other; results are
// fetched at the client's pace, a page a token. A query's rows wait in its job
// until they are fetched: at most two pages are held here.
//
// Beyond Flink's protocol, an error's body has `diagnostics` for clients that
// accept MediaType: code, stage, message, place and help of each mistake.
package gateway

// Properties of a session by which `flott run --target` says what its script is.
const (
	// ScriptName and ScriptPath make the identity of the script's jobs.
	ScriptName = "flott.script.name"
	ScriptPath = "flott.script.path"
	// ResumeFrom is "latest" for jobs that go on from their newest checkpoint.
	ResumeFrom = "flott.script.from"
)
