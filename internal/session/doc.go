// Package session is the life of one SQL session: statement in, result out.
//
// It holds what SET and CREATE have said (settings, catalog), sends each
// statement down the staircase parse, bind, optimize, plan, and hands job
// graphs to a cluster, which it knows only by the Cluster interface. What runs
// the jobs is not reachable from here.
//
//	script ─ Statements ─▶ Execute ─▶ Result: ok | rows | query (a job) | submitted (a job)
//
// A session is used from one goroutine; the jobs that it has submitted are not.
package session
