// Command fuzz runs every fuzz target of the module, one after the other, each for
// a time:
//
//	go run ./tools/fuzz -time 5m
//	go run ./tools/fuzz -time 1m -run 'Parser|Statement' ./internal/sql/...
//
// What makes a target fail is kept in its testdata/fuzz, from where every later
// `go test` tries it again. The exit code is 1 if any has failed.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 5*time.Minute, "how long each target runs")
	only := flag.String("run", "", "targets whose name matches this regular expression")
	list := flag.Bool("list", false, "print the targets instead of running them")
	flag.Parse()
	want, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(2)
	}
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	found, err := targets(packages)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(2)
	}
	failed := 0
	for _, t := range found {
		if !want.MatchString(t.name) {
			continue
		}
		if *list {
			fmt.Println(t.pkg, t.name)
			continue
		}
		fmt.Printf("%s %s, for %s\n", t.pkg, t.name, *each)
		run := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(), t.pkg)
		run.Stdout, run.Stderr = os.Stdout, os.Stderr
		if err := run.Run(); err != nil {
			failed++
			fmt.Printf("FAILED: %s %s\n", t.pkg, t.name)
		}
	}
	if failed > 0 {
		fmt.Printf("%d targets failed\n", failed)
		os.Exit(1)
	}
}

type target struct{ pkg, name string }

// targets lists the fuzz targets of packages. `go test -list` prints the names of
// a package before the line that ends with its path.
func targets(packages []string) ([]target, error) {
	cmd := exec.Command("go", append([]string{"test", "-list", "^Fuzz"}, packages...)...)
	cmd.Stderr = os.Stderr
	out, failed := cmd.Output()
	var all []target
	var names []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		line := lines.Text()
		switch fields := strings.Fields(line); {
		case strings.HasPrefix(line, "Fuzz"):
			names = append(names, line)
		case len(fields) >= 2 && fields[0] == "ok":
			for _, n := range names {
				all = append(all, target{fields[1], n})
			}
			names = nil
		}
	}
	if failed != nil && len(all) == 0 {
		return nil, fmt.Errorf("list the targets: %w", failed)
	}
	return all, nil // of packages that don't build there are none; go test has said so
}
