package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/flott/flott/internal/client"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// fold keeps the rows that a changelog leaves.
type fold struct {
	rows  [][]*string
	first int            // number of rows[0]: rows are numbered as they came
	index map[string]int // a row's number by its text, the newest of equals
	most  int
	total int64
	gone  bool // rows have been dropped: there were more than most
}

// sameRow makes equal rows equal strings.
func sameRow(cells []*string) string {
	var b strings.Builder
	for _, c := range cells {
		if c == nil {
			b.WriteString("\x00n")
		} else {
			fmt.Fprintf(&b, "%d:%s", len(*c), *c)
		}
	}
	return b.String()
}

func newFold(most int) *fold { return &fold{index: map[string]int{}, most: most} }

// add takes a change. An update stays where the row was before.
func (f *fold) add(r client.Row, before *[]*string) {
	f.total++
	switch r.Kind {
	case types.Insert:
		f.append(r.Cells)
	case types.UpdateBefore:
		*before = r.Cells
	case types.UpdateAfter:
		if *before != nil {
			if at := f.find(*before); at >= 0 {
				delete(f.index, sameRow(*before))
				f.rows[at] = r.Cells
				f.index[sameRow(r.Cells)] = f.first + at
				*before = nil
				return
			}
		}
		*before = nil
		f.append(r.Cells)
	case types.Delete:
		if at := f.find(r.Cells); at >= 0 {
			delete(f.index, sameRow(r.Cells))
			f.rows = append(f.rows[:at], f.rows[at+1:]...)
			for i := at; i < len(f.rows); i++ {
				f.index[sameRow(f.rows[i])] = f.first + i
			}
		}
	}
}

func (f *fold) append(cells []*string) {
	f.rows = append(f.rows, cells)
	f.index[sameRow(cells)] = f.first + len(f.rows) - 1
	if len(f.rows) > f.most {
		key := sameRow(f.rows[0])
		if f.index[key] == f.first {
			delete(f.index, key)
		}
		f.rows = f.rows[1:]
		f.first++
		f.gone = true
	}
}

// find returns where a row is, -1 if it is not there.
func (f *fold) find(cells []*string) int {
	key := sameRow(cells)
	if n, ok := f.index[key]; ok && n >= f.first && n-f.first < len(f.rows) && sameRow(f.rows[n-f.first]) == key {
		return n - f.first
	}
	for i, r := range f.rows { // one of several equal ones
		if sameRow(r) == key {
			return i
		}
	}
	return -1
}

// live draws a query's rows over themselves until it ends or is interrupted;
// then they stay.
func (c *console) live(ctx context.Context, res *client.Result, columns []spec.Column) error {
	pages := make(chan []client.Row)
	var failure error
	go func() {
		defer close(pages)
		for {
			rows, err := res.Next(ctx)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					failure = err
				}
				return
			}
			select {
			case pages <- rows:
			case <-ctx.Done():
				failure = ctx.Err()
				return
			}
		}
	}()
	f := newFold(10_000)
	var before []*string
	began, drawn := time.Now(), 0
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	dirty := true
	draw := func(end bool) {
		text, lines := c.frame(f, columns, began, end)
		if drawn > 0 {
			fmt.Fprintf(c.out, "\x1b[%dA\r\x1b[J", drawn)
		}
		io.WriteString(c.out, text)
		drawn = lines
	}
	for {
		select {
		case rows, ok := <-pages:
			if !ok {
				draw(true)
				return failure
			}
			for _, r := range rows {
				f.add(r, &before)
			}
			dirty = true
		case <-tick.C:
			if dirty {
				draw(false)
				dirty = false
			}
		}
	}
}

// frame is a picture of the rows that fits the terminal, and its height.
func (c *console) frame(f *fold, columns []spec.Column, began time.Time, end bool) (string, int) {
	width, height := 120, 30
	if file, ok := c.out.(*os.File); ok {
		if w, h, err := term.GetSize(int(file.Fd())); err == nil && w > 0 && h > 0 {
			width, height = w, h
		}
	}
	room := max(height-7, 5)
	shown := f.rows[max(0, len(f.rows)-room):]
	cells := make([][]string, len(shown))
	for i, r := range shown {
		for _, x := range r {
			if x == nil {
				cells[i] = append(cells[i], "<NULL>")
			} else {
				cells[i] = append(cells[i], oneLine(*x))
			}
		}
	}
	var b strings.Builder
	o := newHuman(&b, io.Discard, false, false)
	o.columns = columns
	o.header(cells)
	for _, r := range cells {
		o.line(r)
	}
	o.rule()
	o.flush()
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, l := range lines {
		if runes := []rune(l); len(runes) > width-1 {
			lines[i] = string(runes[:max(width-2, 1)]) + "…"
		}
	}
	note := count(int64(len(f.rows)))
	if f.gone {
		note = fmt.Sprintf("the newest %d rows", len(f.rows))
	}
	if len(shown) < len(f.rows) {
		note += fmt.Sprintf(", the last %d are shown", len(shown))
	}
	note += fmt.Sprintf("; %d changes in %s", f.total, time.Since(began).Round(100*time.Millisecond))
	if !end {
		note += "; Ctrl-C ends the query"
	}
	lines = append(lines, paint(c.color, "2", note))
	return strings.Join(lines, "\n") + "\n", len(lines)
}

// oneLine keeps a cell in its line.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\n\r\t\x1b") {
		return strings.NewReplacer("\n", "⏎", "\r", "", "\t", " ", "\x1b", "␛").Replace(s)
	}
	return s
}
