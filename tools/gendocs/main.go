// Command gendocs writes the reference pages in docs/reference from the code:
// the command line from its commands, options, connectors, formats, functions,
// metrics and error codes from their tables. Run it anywhere in the repository:
//
//	go run ./tools/gendocs
package main

//go:generate go run .

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	_ "github.com/flott/flott/internal/function/all"
)

// folder is where the pages lie, seen from the folder of go.mod.
const folder = "docs/reference"

// page is one file of the reference.
type page struct {
	name  string
	title string
	write func(w *bytes.Buffer)
}

var pages = []page{
	{"cli.md", "Command line", writeCLI},
	{"options.md", "Options", writeOptions},
	{"connectors.md", "Connectors", writeConnectors},
	{"formats.md", "Formats", writeFormats},
	{"functions.md", "Functions", writeFunctions},
	{"metrics.md", "Metrics", writeMetrics},
	{"rest.md", "REST API", writeREST},
	{"errors.md", "Errors", writeErrors},
}

func main() {
	dir, err := os.Getwd()
	if err != nil {
		fail(err)
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		if dir == filepath.Dir(dir) {
			fail(errors.New("this is not the repository: there is no go.mod"))
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, filepath.FromSlash(folder))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		fail(err)
	}
	for _, p := range pages {
		if err := os.WriteFile(filepath.Join(dir, p.name), p.render(), 0o644); err != nil {
			fail(err)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gendocs:", err)
	os.Exit(1)
}

func (p page) render() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n<!-- Written by tools/gendocs; change the code, then run: go run ./tools/gendocs -->\n\n", p.title)
	p.write(&b)
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

// cell makes a text fit into a cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ")
}

// code sets a text in code font, "–" if it is empty.
func code(s string) string {
	if s == "" {
		return "–"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + cell(s) + fence
}

// row writes a row of a table.
func row(w *bytes.Buffer, cells ...string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// head writes the head of a table.
func head(w *bytes.Buffer, cells ...string) {
	row(w, cells...)
	row(w, strings.Split(strings.Repeat("--- ", len(cells))[:4*len(cells)-1], " ")...)
}
