// Package cli is the command line: `flott run`, `flott explain`, `flott
// version`, `flott help`. Exit codes: 0 all well, 1 a job failed, 2 usage or SQL
// error.
package cli
