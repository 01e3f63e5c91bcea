package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Answer is what flott said to one statement of a script.
type Answer struct {
	// Statement counts the script's statements from 1.
	Statement int
	// Status is "ok", "finished" or "error"; "" when the process ended, or was
	// ended, before it had said so.
	Status string

	// Columns, Mode and Rows answer a query. Columns is nil for anything else.
	Columns []Column
	Mode    string
	Rows    []Row

	// Job is the id of an INSERT's job.
	Job string

	// Failure is set when Status is "error".
	Failure *Failure
}

// Column is a column of a query's answer; Type is Flink's summary string.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Row is a change: its kind (+I -U +U -D) and one cell for each column, nil for NULL.
type Row struct {
	Kind  string
	Cells []*string
}

// String is the row as tests print it.
func (r Row) String() string { return r.Kind + FormatCells(r.Cells) }

// FormatCells prints cells as [a, b, NULL].
func FormatCells(cells []*string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, c := range cells {
		if i > 0 {
			b.WriteString(", ")
		}
		if c == nil {
			b.WriteString("NULL")
		} else {
			b.WriteString(*c)
		}
	}
	b.WriteByte(']')
	return b.String()
}

// Failure is an error that flott reported.
type Failure struct {
	Stage   string `json:"stage"` // parse, validate, plan or run
	Code    string `json:"code"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

func (f *Failure) String() string {
	return fmt.Sprintf("%s error[%s]: %s", f.Stage, f.Code, f.Message)
}

// statementsMax is more statements than any script has: it keeps a wrong number
// from becoming a huge slice.
const statementsMax = 1 << 20

// line is one line of `--output jsonl`.
type line struct {
	Statement int                `json:"statement"`
	Status    string             `json:"status"`
	Columns   *[]Column          `json:"columns"`
	Mode      string             `json:"mode"`
	Row       *[]json.RawMessage `json:"row"`
	Rows      *int               `json:"rows"`
	Job       string             `json:"job"`
	Failure
}

// ParseAnswers reads `--output jsonl`. The answers come in the order of the
// statements, the first at index 0; a statement that nothing was said about has
// the Status "". What the interface does not allow is an error, and the answers
// up to there are returned with it.
func ParseAnswers(out []byte) ([]Answer, error) {
	var answers []Answer
	sc := bufio.NewScanner(bytes.NewReader(out))
	sc.Buffer(nil, max(len(out)+1, bufio.MaxScanTokenSize))
	for n := 1; sc.Scan(); n++ {
		var l line
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			return answers, fmt.Errorf("output line %d is not an answer: %w: %.200s", n, err, sc.Bytes())
		}
		if l.Statement < 1 || l.Statement > statementsMax {
			return answers, fmt.Errorf("output line %d names no statement: %.200s", n, sc.Bytes())
		}
		for len(answers) < l.Statement {
			answers = append(answers, Answer{Statement: len(answers) + 1})
		}
		if err := answers[l.Statement-1].add(l); err != nil {
			return answers, fmt.Errorf("output line %d, statement %d: %w", n, l.Statement, err)
		}
	}
	return answers, sc.Err()
}

// add takes the next line about a statement:
//
//	ok | columns row* (finished | error) | submitted (finished | error) | error
func (a *Answer) add(l line) error {
	if a.Status != "" {
		return fmt.Errorf("goes on after its status %q", a.Status)
	}
	switch {
	case l.Columns != nil:
		if a.Columns != nil || a.Job != "" {
			return fmt.Errorf("begins twice")
		}
		if a.Columns = *l.Columns; a.Columns == nil {
			a.Columns = []Column{}
		}
		a.Mode = l.Mode
		return nil
	case l.Row != nil:
		if a.Columns == nil {
			return fmt.Errorf("a row comes before the columns")
		}
		row, err := parseRow(*l.Row)
		if err != nil {
			return err
		}
		if len(row.Cells) != len(a.Columns) {
			return fmt.Errorf("a row has %d cells for %d columns", len(row.Cells), len(a.Columns))
		}
		a.Rows = append(a.Rows, row)
		return nil
	}
	switch l.Status {
	case "submitted":
		if l.Job == "" {
			return fmt.Errorf("submitted without a job id")
		}
		if a.Columns != nil || a.Job != "" {
			return fmt.Errorf("begins twice")
		}
		a.Job = l.Job
		return nil
	case "ok":
		if a.Columns != nil || a.Job != "" {
			return fmt.Errorf("a query or INSERT ends with %q", l.Status)
		}
	case "finished":
		if a.Columns == nil && a.Job == "" {
			return fmt.Errorf("finished, but never begun")
		}
		if a.Columns != nil && (l.Rows == nil || *l.Rows != len(a.Rows)) {
			return fmt.Errorf("finished with another count than its %d rows", len(a.Rows))
		}
		if a.Job != l.Job {
			return fmt.Errorf("job %q was submitted, job %q finished", a.Job, l.Job)
		}
	case "error":
		switch l.Stage {
		case "parse", "validate", "plan", "run":
		default:
			return fmt.Errorf("an error of stage %q", l.Stage)
		}
		if l.Code == "" || l.Message == "" {
			return fmt.Errorf("an error without code or message")
		}
		f := l.Failure
		a.Failure = &f
	default:
		return fmt.Errorf("unknown status %q", l.Status)
	}
	a.Status = l.Status
	return nil
}

func parseRow(raw []json.RawMessage) (Row, error) {
	if len(raw) == 0 {
		return Row{}, fmt.Errorf("a row without a kind")
	}
	var r Row
	if err := json.Unmarshal(raw[0], &r.Kind); err != nil {
		return r, fmt.Errorf("the row's kind is %s", raw[0])
	}
	switch r.Kind {
	case "+I", "-U", "+U", "-D":
	default:
		return r, fmt.Errorf("unknown row kind %q", r.Kind)
	}
	r.Cells = make([]*string, len(raw)-1)
	for i, c := range raw[1:] {
		if err := json.Unmarshal(c, &r.Cells[i]); err != nil {
			return r, fmt.Errorf("cell %d is neither a string nor null: %.100s", i+1, c)
		}
	}
	return r, nil
}
