package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/flott/flott/internal/client"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// output shows the answers to a script's statements, numbered from 1.
type output interface {
	ok(n int)
	// rows shows the whole answer of SHOW, DESCRIBE and EXPLAIN.
	rows(n int, columns []spec.Column, rows [][]*string)
	// begin, batch and end show a query's result as it comes.
	begin(n int, columns []spec.Column, batch bool)
	batch(n int, b *vector.Batch, zone *types.Zone)
	// texts is batch for rows that came as text.
	texts(n int, rows []client.Row)
	end(n int, rows int64)
	submitted(n int, job string)
	finished(n int, job string)
	failed(n int, job, script string, errs []*diag.Error)
	note(n int, text string)
	flush()
}

// jsonl is the stable interface for scripts: one JSON object a line.
type jsonl struct {
	w   *bufio.Writer
	err io.Writer
}

func newJSONL(out, err io.Writer) *jsonl { return &jsonl{bufio.NewWriterSize(out, 32<<10), err} }

func (o *jsonl) put(v any) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		fmt.Fprintf(&b, "{\"status\":\"error\",\"message\":%q}\n", err.Error())
	}
	o.w.WriteString(b.String())
}

type jsonColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func jsonColumns(cs []spec.Column) []jsonColumn {
	out := make([]jsonColumn, len(cs))
	for i, c := range cs {
		out[i] = jsonColumn{c.Name, c.Type.String()}
	}
	return out
}

func (o *jsonl) ok(n int) {
	o.put(struct {
		Statement int    `json:"statement"`
		Status    string `json:"status"`
	}{n, "ok"})
	o.flush()
}

func (o *jsonl) begin(n int, columns []spec.Column, batch bool) {
	mode := "streaming"
	if batch {
		mode = "batch"
	}
	o.put(struct {
		Statement int          `json:"statement"`
		Columns   []jsonColumn `json:"columns"`
		Mode      string       `json:"mode"`
	}{n, jsonColumns(columns), mode})
	o.flush()
}

func (o *jsonl) rows(n int, columns []spec.Column, rows [][]*string) {
	o.begin(n, columns, true)
	for _, r := range rows {
		line := []any{"+I"}
		for _, v := range r {
			line = append(line, v)
		}
		o.put(jsonRow{n, line})
	}
	o.end(n, int64(len(rows)))
}

type jsonRow struct {
	Statement int   `json:"statement"`
	Row       []any `json:"row"`
}

func (o *jsonl) batch(n int, b *vector.Batch, zone *types.Zone) {
	var buf []byte
	line := make([]any, 1+len(b.Cols))
	for i := range b.Len() {
		line[0] = b.Kind(i).String()
		for k, c := range b.Cols {
			line[k+1] = nil
			if !c.IsNull(i) {
				buf = vector.AppendText(buf[:0], c, i, zone)
				line[k+1] = string(buf)
			}
		}
		o.put(jsonRow{n, line})
	}
	o.flush()
}

func (o *jsonl) texts(n int, rows []client.Row) {
	for _, r := range rows {
		line := []any{r.Kind.String()}
		for _, c := range r.Cells {
			line = append(line, c)
		}
		o.put(jsonRow{n, line})
	}
	o.flush()
}

func (o *jsonl) end(n int, rows int64) {
	o.put(struct {
		Statement int    `json:"statement"`
		Status    string `json:"status"`
		Rows      int64  `json:"rows"`
	}{n, "finished", rows})
	o.flush()
}

type jsonJob struct {
	Statement int    `json:"statement"`
	Status    string `json:"status"`
	Job       string `json:"job"`
}

func (o *jsonl) submitted(n int, job string) {
	o.put(jsonJob{n, "submitted", job})
	o.flush()
}

func (o *jsonl) finished(n int, job string) { o.put(jsonJob{n, "finished", job}); o.flush() }

type jsonError struct {
	Statement int    `json:"statement,omitempty"`
	Status    string `json:"status,omitempty"`
	Job       string `json:"job,omitempty"`
	Stage     string `json:"stage"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Help      string `json:"help,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	// More are the further mistakes of the same statement.
	More []jsonError `json:"more,omitempty"`
}

// failed writes one object: the first mistake, with the others inside.
func (o *jsonl) failed(n int, job, script string, errs []*diag.Error) {
	var all []jsonError
	for _, e := range errs {
		v := jsonError{Stage: e.Stage.String(), Code: e.Code, Message: e.Message, Help: e.Help}
		if !e.Span.IsZero() {
			v.Line, v.Column = diag.LineCol(script, e.Span.Start)
		}
		all = append(all, v)
	}
	first := all[0]
	first.Statement, first.Status, first.Job, first.More = n, "error", job, all[1:]
	o.put(first)
	o.flush()
}

// note goes to standard error: remarks are no part of the stable interface.
func (o *jsonl) note(_ int, text string) { fmt.Fprintln(o.err, "note: "+text) }

func (o *jsonl) flush() { o.w.Flush() }

// human shows results as tables, or as changelog lines.
type human struct {
	out, err  io.Writer
	w         *bufio.Writer
	changelog bool
	color     bool
	columns   []spec.Column
	widths    []int
	op        bool
}

func newHuman(out, err io.Writer, changelog, color bool) *human {
	return &human{out: out, err: err, w: bufio.NewWriterSize(out, 32<<10), changelog: changelog, color: color}
}

func (o *human) ok(int) {}

func (o *human) note(_ int, text string) { fmt.Fprintln(o.err, "note: "+text) }

func (o *human) rows(n int, columns []spec.Column, rows [][]*string) {
	if len(columns) == 1 && columns[0].Name == "result" {
		for _, r := range rows {
			fmt.Fprintln(o.w, *r[0])
		}
		o.flush()
		return
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		for _, v := range r {
			if v == nil {
				cells[i] = append(cells[i], "<NULL>")
			} else {
				cells[i] = append(cells[i], *v)
			}
		}
	}
	o.columns, o.op, o.widths = columns, false, nil
	o.table(cells)
	if o.widths == nil {
		o.header(nil)
	}
	o.rule()
	fmt.Fprintln(o.w, count(int64(len(rows))))
	o.flush()
}

func count(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

func (o *human) begin(_ int, columns []spec.Column, batch bool) {
	o.columns, o.op, o.widths = columns, !batch, nil
}

func (o *human) batch(_ int, b *vector.Batch, zone *types.Zone) {
	cells := make([][]string, b.Len())
	for i := range cells {
		if o.op || o.changelog {
			cells[i] = append(cells[i], b.Kind(i).String())
		}
		for _, c := range b.Cols {
			if c.IsNull(i) {
				cells[i] = append(cells[i], "<NULL>")
			} else {
				cells[i] = append(cells[i], string(vector.AppendText(nil, c, i, zone)))
			}
		}
	}
	o.show(cells)
}

// show prints rows; the kind comes first if it is to be seen.
func (o *human) show(cells [][]string) {
	if o.changelog {
		for _, r := range cells {
			fmt.Fprintf(o.w, "%s[%s]\n", r[0], strings.Join(r[1:], ", "))
		}
	} else {
		o.table(cells)
	}
	o.flush()
}

func (o *human) texts(_ int, rows []client.Row) {
	cells := make([][]string, len(rows))
	for i, r := range rows {
		if o.op || o.changelog {
			cells[i] = append(cells[i], r.Kind.String())
		}
		for _, c := range r.Cells {
			if c == nil {
				cells[i] = append(cells[i], "<NULL>")
			} else {
				cells[i] = append(cells[i], *c)
			}
		}
	}
	o.show(cells)
}

// maxWidth is the width up to which columns are made wide enough for what the
// first rows hold; longer values stick out rather than being cut.
const maxWidth = 40

func (o *human) header(first [][]string) {
	var names []string
	if o.op {
		names = append(names, "op")
	}
	for _, c := range o.columns {
		names = append(names, c.Name)
	}
	o.widths = make([]int, len(names))
	for k, n := range names {
		o.widths[k] = utf8.RuneCountInString(n)
		if k > 0 || !o.op {
			c := o.columns[len(o.columns)-len(names)+k].Type
			if c.IsTimestamp() {
				o.widths[k] = max(o.widths[k], 19+int(c.Precision)+1)
			}
		}
		for _, r := range first {
			o.widths[k] = max(o.widths[k], min(utf8.RuneCountInString(r[k]), maxWidth))
		}
	}
	o.rule()
	o.line(names)
	o.rule()
}

func (o *human) rule() {
	for _, w := range o.widths {
		o.w.WriteString("+" + strings.Repeat("-", w+2))
	}
	o.w.WriteString("+\n")
}

func (o *human) line(cells []string) {
	for k, c := range cells {
		pad := max(o.widths[k]-utf8.RuneCountInString(c), 0)
		numeric := len(o.columns) > 0 && k >= len(cells)-len(o.columns) && o.columns[k-(len(cells)-len(o.columns))].Type.IsNumeric()
		if numeric {
			o.w.WriteString("| " + strings.Repeat(" ", pad) + c + " ")
		} else {
			o.w.WriteString("| " + c + strings.Repeat(" ", pad) + " ")
		}
	}
	o.w.WriteString("|\n")
}

func (o *human) table(rows [][]string) {
	if o.widths == nil {
		o.header(rows)
	}
	for _, r := range rows {
		o.line(r)
	}
}

func (o *human) end(_ int, rows int64) {
	if !o.changelog {
		if o.widths == nil {
			o.header(nil)
		}
		o.rule()
		fmt.Fprintln(o.w, count(rows))
	}
	o.flush()
}

func (o *human) submitted(int, string) {}

func (o *human) finished(int, string) {}

func (o *human) failed(_ int, _, script string, errs []*diag.Error) {
	o.flush()
	for _, e := range errs {
		fmt.Fprint(o.err, diag.Render(script, e, o.color))
	}
}

func (o *human) flush() { o.w.Flush() }
