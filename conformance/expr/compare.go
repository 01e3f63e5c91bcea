package expr

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/flott/flott/conformance/golden"
	"github.com/flott/flott/test/cli"
)

// transcendental functions may be off by two units in the last place.
var transcendental = regexp.MustCompile(`(?i)\b(SIN|COS|TAN|SINH|COSH|TANH|COT|ASIN|ACOS|ATAN|ATAN2|EXP|LN|LOG|LOG2|LOG10|POWER)\s*\(`)

// difference returns why flott's answers to the statements made of the
// expression are not as good as one of Flink's, or "".
func (c testCase) difference(answers []cli.Answer) string {
	if len(answers) == 0 {
		return "no answer"
	}
	got := answers[0]
	for _, a := range answers { // an expression apart may be several statements
		if a.Status == "" {
			return "no answer"
		}
		if a.Status == "error" {
			got = a
		}
	}
	first := c.accepts(c.answer, got)
	if first == "" {
		return ""
	}
	for _, alt := range c.Alt {
		if c.accepts(alt, got) == "" {
			return ""
		}
	}
	return first
}

// columnDifference is difference for a [columnStatement]: every row has the same
// answer. A mistake that the planner sees in a literal shows only when the job
// runs, so an error may come at any stage.
func (c testCase) columnDifference(answers []cli.Answer) string {
	if len(answers) == 1 && answers[0].Status == "finished" {
		a := answers[0]
		if len(a.Rows) != columnRows {
			return fmt.Sprintf("answers %d rows", len(a.Rows))
		}
		for _, r := range a.Rows {
			if r.String() != a.Rows[0].String() {
				return fmt.Sprintf("answers rows that differ: %s and %s", a.Rows[0], r)
			}
		}
		a.Rows = a.Rows[:1]
		answers = []cli.Answer{a}
	}
	if c.Error != "" {
		c.Stage = "run"
	}
	return c.difference(answers)
}

// nullableDifference is difference for a [columnStatement] with nulls: the last
// row has Flink's answer. What the types are is not Flink's word.
func (c testCase) nullableDifference(answers []cli.Answer) string {
	if len(answers) == 1 && answers[0].Status == "finished" && len(answers[0].Rows) > 0 {
		a := answers[0]
		a.Rows = a.Rows[len(a.Rows)-1:]
		answers = []cli.Answer{a}
	}
	if c.Error != "" {
		c.Stage = "run"
	}
	c.Type = ""
	c.Alt = slices.Clone(c.Alt)
	for i := range c.Alt {
		c.Alt[i].Type = ""
	}
	return c.difference(answers)
}

func (c testCase) accepts(want answer, got cli.Answer) string {
	if want.Error != "" {
		if got.Status != "error" {
			return fmt.Sprintf("answers %s, but fails in Flink (%s): %s", show(got), want.Stage, want.Error)
		}
		if (want.Stage == "parse" || want.Stage == "validate") && got.Failure.Stage == "run" {
			return fmt.Sprintf("%s; Flink refuses it before it runs: %s", got.Failure, want.Error)
		}
		return golden.Refused(golden.Refusal{Stage: want.Stage, Message: want.Error}, got.Failure)
	}
	if got.Status == "error" {
		return got.Failure.String()
	}
	if len(got.Columns) != 1 || len(got.Rows) != 1 || got.Rows[0].Kind != "+I" {
		return fmt.Sprintf("answers %d columns and %d rows", len(got.Columns), len(got.Rows))
	}
	typ := got.Columns[0].Type
	if want.Type != "" && typ != want.Type {
		return fmt.Sprintf("is %s, want %s", typ, want.Type)
	}
	cell := golden.Cell{Type: typ}
	if transcendental.MatchString(c.Expr) {
		cell.ULPs = 2
	}
	if !cell.Equal(want.Value, got.Rows[0].Cells[0]) {
		return fmt.Sprintf("is %s, want %s", quoted(got.Rows[0].Cells[0]), quoted(want.Value))
	}
	return ""
}

// show is the value of an answer, for a message.
func show(got cli.Answer) string {
	if len(got.Rows) == 1 && len(got.Rows[0].Cells) == 1 {
		return quoted(got.Rows[0].Cells[0])
	}
	return fmt.Sprintf("%d rows", len(got.Rows))
}

func quoted(cell *string) string {
	if cell == nil {
		return "NULL"
	}
	return fmt.Sprintf("%q", *cell)
}
