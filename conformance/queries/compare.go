package queries

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/flott/flott/conformance/golden"
	"github.com/flott/flott/test/cli"
)

// difference returns the first thing in which flott's answers are not as good as
// Flink's, in one line, or "".
func (s script) difference(answers []cli.Answer) string {
	for i, want := range s.statements {
		if i >= len(answers) || answers[i].Status == "" {
			return fmt.Sprintf("statement %d: no answer", i+1)
		}
		if d := s.compare.difference(want, answers[i]); d != "" {
			return fmt.Sprintf("statement %d: %s", i+1, d)
		}
	}
	if len(answers) > len(s.statements) {
		return fmt.Sprintf("%d statements, want %d", len(answers), len(s.statements))
	}
	return ""
}

// difference compares the answers to one statement.
func (c comparison) difference(want statement, got cli.Answer) string {
	if want.Kind == "error" {
		return refusal(want, got)
	}
	if got.Status == "error" {
		return got.Failure.String()
	}
	switch want.Kind {
	case "ok":
		if got.Columns != nil {
			return "answers rows, want none"
		}
		return ""
	case "rows":
		return table(want, got)
	}
	if got.Columns == nil {
		return "answers no rows"
	}
	if d := golden.Columns(want.Columns, got.Columns); d != "" {
		return d
	}
	if got.Mode != want.Mode {
		return fmt.Sprintf("runs in mode %q, want %q", got.Mode, want.Mode)
	}
	cells := cellsOf(want)
	if c == byChangelog {
		return golden.Sequence(cells, want.rows(), got.Rows)
	}
	if want.insertOnly() {
		for i, r := range got.Rows {
			if r.Kind != "+I" {
				return fmt.Sprintf("row %d is %s, want only +I", i+1, r)
			}
		}
	}
	result, err := golden.Fold(got.Rows)
	if err != nil {
		return err.Error()
	}
	return golden.Bag(cells, want.Result, result)
}

// refusal compares how a statement failed: before a job started, or in it.
func refusal(want statement, got cli.Answer) string {
	w := golden.Refusal{Stage: want.Stage, Message: want.Message}
	if got.Status != "error" {
		return fmt.Sprintf("passes, but fails in Flink (%s): %s", want.Stage, want.Message)
	}
	if before := got.Failure.Stage != "run"; before != w.BeforeRun() {
		return fmt.Sprintf("%s; Flink fails at stage %s: %s", got.Failure, want.Stage, want.Message)
	}
	return golden.Refused(w, got.Failure)
}

var (
	explain    = regexp.MustCompile(`(?i)^\s*EXPLAIN\b`)
	showCreate = regexp.MustCompile(`(?i)^\s*SHOW\s+CREATE\b`)
	jsonObject = regexp.MustCompile(`(?i)\bJSON_OBJECTAGG\b`)
)

// table compares what SHOW, DESCRIBE and EXPLAIN answer: rows in order.
func table(want statement, got cli.Answer) string {
	if got.Columns == nil {
		return "answers no rows"
	}
	if explain.MatchString(want.SQL) {
		return "" // plans are each engine's own
	}
	if d := golden.Columns(want.Columns, got.Columns); d != "" {
		return d
	}
	if showCreate.MatchString(want.SQL) {
		if len(got.Rows) != 1 || got.Rows[0].Cells[0] == nil {
			return fmt.Sprintf("%d rows, want 1", len(got.Rows))
		}
		if g := *got.Rows[0].Cells[0]; !golden.SameTokens(*want.Result[0][0], g) {
			return fmt.Sprintf("answers %s, want %s", oneLine(g), oneLine(*want.Result[0][0]))
		}
		return ""
	}
	rows := make([]cli.Row, len(want.Result))
	for i, r := range want.Result {
		rows[i] = cli.Row{Kind: "+I", Cells: r}
	}
	return golden.Sequence(cellsOf(want), rows, got.Rows)
}

func cellsOf(want statement) []golden.Cell {
	cells := make([]golden.Cell, len(want.Columns))
	for i, c := range want.Columns {
		cells[i] = golden.Cell{Type: c.Type, Relative: 1e-9, JSONObject: jsonObject.MatchString(want.SQL)}
	}
	return cells
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
