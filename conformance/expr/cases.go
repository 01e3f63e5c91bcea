package expr

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// answer is what Flink says: type and value, or an error.
type answer struct {
	Type  string  `json:"type"` // "" accepts any
	Value *string `json:"value"`
	Error string  `json:"error"`
	Stage string  `json:"stage"`
}

// testCase is an expression with Flink's answer and its further ones.
type testCase struct {
	Expr string `json:"expr"`
	answer
	Alt []answer `json:"alt"`

	category string
}

// name stands for the case in the ledger: one line, whatever the expression holds.
func (c testCase) name() string {
	text := c.Expr
	for _, r := range text {
		if r < 0x20 || r == 0x7f {
			text = fmt.Sprintf("%q", text)
			break
		}
	}
	return c.category + ": " + text
}

// kind is value, null or error.
func (c testCase) kind() kind {
	switch {
	case c.Error != "":
		return isError
	case c.Value == nil:
		return isNull
	}
	return isValue
}

type kind int

const (
	isValue kind = iota
	isNull
	isError
	kinds
)

// load reads the cases of a file, a JSON object a line; its name is the category.
func load(path string) ([]testCase, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var cases []testCase
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		c := testCase{category: strings.TrimSuffix(filepath.Base(path), ".jsonl")}
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		cases = append(cases, c)
	}
	return cases, sc.Err()
}

// loadAll reads every category but Flink's own defects.
func loadAll(dir string) ([]testCase, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	var all []testCase
	for _, p := range paths {
		if filepath.Base(p) == quirksFile {
			continue
		}
		cases, err := load(p)
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	return all, nil
}

// quirksFile holds expressions at which Flink itself breaks.
const quirksFile = "flink-quirks.jsonl"

// statement is the query of an expression, as it was recorded. The expression
// ends its line, for it may end in a comment.
func statement(expr string) string { return "SELECT " + expr + "\n AS c;\n" }

// apart reports whether an expression must not share a script with others,
// because it holds an open quote, an open comment or a semicolon: where its
// statement ends is for the parser to say, and what follows may be swallowed.
func apart(expr string) bool {
	for i := 0; i < len(expr); {
		rest := expr[i:]
		switch c := rest[0]; {
		case c == ';':
			return true
		case c == '\'' || c == '`' || c == '"':
			end := strings.IndexByte(rest[1:], c)
			if end < 0 {
				return true
			}
			i += end + 2
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				return false
			}
			i += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return true
			}
			i += end + 4
		default:
			i++
		}
	}
	return false
}
