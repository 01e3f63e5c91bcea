package rig

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// Report is what a benchmark prints: a table of the runs, the goals with what was
// reached, and all of it as JSON.
type Report struct {
	Name    string    `json:"name"`
	Date    string    `json:"date"`
	Machine string    `json:"machine"`
	Setting string    `json:"setting"`
	Head    []string  `json:"-"`
	Rows    [][]any   `json:"-"`
	Goals   []Goal    `json:"goals"`
	Runs    any       `json:"runs"`
	Notes   []string  `json:"notes,omitempty"`
	out     io.Writer // standard output
}

// Goal is a measure, what was reached, and what it should be.
type Goal struct {
	Measure string  `json:"measure"`
	Got     float64 `json:"got"`
	Want    float64 `json:"want"`
	AtMost  bool    `json:"at_most"` // else at least
	Unit    string  `json:"unit"`
}

// Reached reports whether the goal is met.
func (g Goal) Reached() bool {
	if g.AtMost {
		return g.Got <= g.Want
	}
	return g.Got >= g.Want
}

// NewReport begins a report about this machine, today.
func NewReport(name, setting string, head ...string) *Report {
	return &Report{
		Name: name, Setting: setting, Head: head, out: os.Stdout,
		Date:    time.Now().UTC().Format("2006-01-02"),
		Machine: fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cpuName()),
	}
}

func cpuName() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// Row adds a row to the table.
func (r *Report) Row(cells ...any) { r.Rows = append(r.Rows, cells) }

// AtLeast adds a goal for which more is better; got is left out when it is zero,
// because what it is made of did not run.
func (r *Report) AtLeast(measure string, got, want float64, unit string) {
	if got != 0 {
		r.Goals = append(r.Goals, Goal{measure, got, want, false, unit})
	}
}

// AtMost adds a goal for which less is better.
func (r *Report) AtMost(measure string, got, want float64, unit string) {
	if got != 0 {
		r.Goals = append(r.Goals, Goal{measure, got, want, true, unit})
	}
}

// Ratio is a/b, and 0, for "not measured", when one of them is.
func Ratio(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a / b
}

// Note adds a line below the tables.
func (r *Report) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Print prints the tables in Markdown, then everything as JSON.
func (r *Report) Print() error {
	fmt.Fprintf(r.out, "### %s\n\n%s. %s, %s.\n\n", r.Name, r.Setting, r.Date, r.Machine)
	r.table(r.Head, r.Rows)
	if len(r.Goals) > 0 {
		var rows [][]any
		for _, g := range r.Goals {
			sign, verdict := "≥", "yes"
			if g.AtMost {
				sign = "≤"
			}
			if !g.Reached() {
				verdict = "**no**"
			}
			rows = append(rows, []any{g.Measure, format(g.Got) + g.Unit, sign + " " + format(g.Want) + g.Unit, verdict})
		}
		r.table([]string{"goal", "measured", "wanted", "reached"}, rows)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(r.out, "%s\n\n", n)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.out, "```json\n%s\n```\n", b)
	return err
}

func (r *Report) table(head []string, rows [][]any) {
	fmt.Fprintf(r.out, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			if f, ok := c.(float64); ok {
				cells[i] = format(f)
			} else {
				cells[i] = strings.ReplaceAll(fmt.Sprint(c), "\n", " ")
			}
		}
		fmt.Fprintf(r.out, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintln(r.out)
}

// format prints three digits that count.
func format(f float64) string {
	switch {
	case f >= 100 || f <= -100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// FiguresHead is the head of a table of [Figures].
var FiguresHead = []string{"", "records/s", "MB/s", "CPU s per million", "broker CPU s per million", "peak MB", "threads", "first record s"}

// Figures adds a row.
func (r *Report) Figures(f Figures) {
	if f.Error != "" {
		r.Row(f.Name, "failed: "+f.Error, "", "", "", "", "", "")
		return
	}
	r.Row(f.Name, f.RecordsS, f.MBS, f.CPUPerM, f.BrokerCPUPerM, f.PeakMB, f.Threads, f.FirstS)
}
