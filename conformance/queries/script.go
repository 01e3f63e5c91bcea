package queries

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/flott/flott/test/cli"
)

// comparison is the first line of a script: what has to agree.
type comparison string

const (
	byChangelog comparison = "changelog"
	byResult    comparison = "result"
	byError     comparison = "error"
)

// script is a recorded script.
type script struct {
	name       string
	folder     string // where it lies, with its inputs in data
	text       string
	compare    comparison
	statements []statement
}

// statement is what Flink answered to one statement.
type statement struct {
	SQL  string `json:"sql"`
	Kind string `json:"kind"` // ok, query, rows or error

	Columns   []cli.Column `json:"columns"`
	Mode      string       `json:"mode"`
	Changelog [][]*string  `json:"changelog"` // the kind, then the cells
	Result    [][]*string  `json:"result"`

	Stage   string `json:"stage"`
	Message string `json:"error"`
}

// rows is the changelog with its kinds taken apart.
func (s statement) rows() []cli.Row {
	rows := make([]cli.Row, len(s.Changelog))
	for i, r := range s.Changelog {
		rows[i] = cli.Row{Kind: *r[0], Cells: r[1:]}
	}
	return rows
}

// insertOnly reports whether Flink only added rows; unknown where the changes
// were only counted.
func (s statement) insertOnly() bool {
	if len(s.Changelog) < len(s.Result) {
		return false
	}
	for _, r := range s.Changelog {
		if *r[0] != "+I" {
			return false
		}
	}
	return true
}

// load reads all scripts of a folder, in the order of their names.
func load(dir string) ([]script, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s has no scripts", dir)
	}
	var scripts []script
	for _, path := range paths {
		s, err := loadOne(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		scripts = append(scripts, s)
	}
	return scripts, nil
}

func loadOne(path string) (script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return script{}, err
	}
	base := strings.TrimSuffix(path, ".sql")
	s := script{name: filepath.Base(base), folder: filepath.Dir(path), text: string(text)}
	first, _, _ := strings.Cut(s.text, "\n")
	how, ok := strings.CutPrefix(first, "-- compare: ")
	s.compare = comparison(how)
	if !ok || s.compare != byChangelog && s.compare != byResult && s.compare != byError {
		return s, fmt.Errorf("the first line is %q", first)
	}
	b, err := os.ReadFile(base + ".golden.json")
	if err != nil {
		return s, err
	}
	var g struct {
		Statements []statement `json:"statements"`
	}
	if err := json.Unmarshal(b, &g); err != nil {
		return s, err
	}
	s.statements = g.Statements
	for i, st := range s.statements {
		switch st.Kind {
		case "ok", "query", "rows", "error":
		default:
			return s, fmt.Errorf("statement %d is of kind %q", i+1, st.Kind)
		}
		for _, r := range st.Changelog {
			if len(r) != len(st.Columns)+1 || r[0] == nil {
				return s, fmt.Errorf("statement %d: a row does not fit the columns", i+1)
			}
		}
	}
	return s, nil
}

// at is the script's text with its inputs in data and its outputs below out.
func (s script) at(data, out string) string {
	text := strings.ReplaceAll(s.text, "${DATA}/out", out)
	return strings.ReplaceAll(text, "${DATA}", data)
}

var number = regexp.MustCompile(`_?\d+(_batch|_streaming)?$`)

// family is the name without number and mode.
func (s script) family() string { return number.ReplaceAllString(s.name, "") }
