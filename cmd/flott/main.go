// Command flott runs Flink SQL.
package main

import (
	"os"

	"github.com/flott/flott/internal/cli"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
