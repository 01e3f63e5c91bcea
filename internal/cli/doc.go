// Package cli is the command line. `flott run` works in this process, or with
// --target at a server; list, cancel, stop, savepoint, logs and metrics speak to
// a server; `flott server` is one, `flott sql` a prompt, `flott demo` a show.
// Exit codes: 0 all well, 1 a job failed, 2 usage or SQL error.
package cli
