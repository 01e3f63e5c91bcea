package diag

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

// LineCol returns the line and column of a byte offset in a script, both from
// one. Columns count runes. An offset beyond the end means the end.
func LineCol(script string, offset int) (line, column int) {
	offset = max(0, min(offset, len(script)))
	start := strings.LastIndexByte(script[:offset], '\n') + 1
	return strings.Count(script[:offset], "\n") + 1, utf8.RuneCountInString(script[start:offset]) + 1
}

// Terminal colours.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
	bold   = "\x1b[1m"
	plain  = "\x1b[0m"
)

// Render draws an error with its place in the script:
//
//	error[code]: what is wrong
//	  --> line 1, column 8
//	 1 | SELECT usr_id FROM clicks
//	   |        ^^^^^^ label
//	note: a fact
//	help: what to write instead
//
// Without a script or a span the source part is left out. Marks of one line are
// drawn below it, further lines with labels follow in order. Tabs are drawn as
// one blank, and marks are as wide as a terminal draws the text.
func Render(script string, e *Error, color bool) string {
	r := renderer{script: script, color: color}
	r.header(e)
	if script != "" && !e.Span.IsZero() {
		r.source(e)
	}
	for _, n := range e.Notes {
		r.tail("note", n)
	}
	if e.Help != "" {
		r.tail("help", e.Help)
	}
	return r.b.String()
}

type renderer struct {
	b      strings.Builder
	script string
	color  bool
}

func (r *renderer) paint(color, s string) string {
	if !r.color {
		return s
	}
	return color + s + plain
}

func (r *renderer) header(e *Error) {
	word, tint := "error", red
	if e.Warning {
		word, tint = "warning", yellow
	}
	if e.Code != "" {
		word += "[" + e.Code + "]"
	}
	r.b.WriteString(r.paint(tint, word) + r.paint(bold, ": "+e.Message) + "\n")
}

func (r *renderer) tail(word, text string) {
	r.b.WriteString(r.paint(blue, word) + ": " + strings.ReplaceAll(text, "\n", "\n      ") + "\n")
}

// mark is a stretch of one line to underline: cells [from, to) of the terminal.
type mark struct {
	from, to int
	text     string
	main     bool
}

func (r *renderer) source(e *Error) {
	line, column := LineCol(r.script, e.Span.Start)
	r.b.WriteString("  " + r.paint(blue, "-->") + " line " + itoa(line) + ", column " + itoa(column) + "\n")

	marks := map[int][]mark{}
	add := func(s Span, text string, main bool) {
		n, m := r.mark(s)
		m.text, m.main = text, main
		marks[n] = append(marks[n], m)
	}
	add(e.Span, e.Label, true)
	for _, l := range e.Labels {
		if !l.Span.IsZero() {
			add(l.Span, l.Text, false)
		}
	}
	var lines []int
	for n := range marks {
		lines = append(lines, n)
	}
	sort.Ints(lines)
	width := len(itoa(lines[len(lines)-1]))
	gutter := strings.Repeat(" ", width+2)
	texts := strings.Split(r.script, "\n")
	for i, n := range lines {
		if i > 0 && n > lines[i-1]+1 {
			r.b.WriteString(gutter + r.paint(blue, "...") + "\n")
		}
		number := itoa(n)
		text := strings.TrimRight(strings.ReplaceAll(strings.TrimSuffix(texts[n-1], "\r"), "\t", " "), " ")
		r.b.WriteString(r.paint(blue, strings.Repeat(" ", width-len(number)+1)+number+" |"))
		if text != "" {
			r.b.WriteString(" " + text)
		}
		r.b.WriteByte('\n')
		for _, row := range drawMarks(marks[n]) {
			r.b.WriteString(r.paint(blue, gutter+"|") + " " + r.paint(red, row) + "\n")
		}
	}
}

// mark returns the line of a span and its cells in that line. Of a span over
// several lines the first is marked, to its end.
func (r *renderer) mark(s Span) (line int, m mark) {
	start := max(0, min(s.Start, len(r.script)))
	end := max(start, min(s.End, len(r.script)))
	line, _ = LineCol(r.script, start)
	lineStart := strings.LastIndexByte(r.script[:start], '\n') + 1
	lineEnd := len(r.script)
	if i := strings.IndexByte(r.script[start:], '\n'); i >= 0 {
		lineEnd = start + i
	}
	m.from = cells(r.script[lineStart:start])
	m.to = m.from + max(1, cells(strings.TrimRight(r.script[start:min(end, lineEnd)], "\r")))
	return line, m
}

// drawMarks returns the rows below a source line: carets with the label of the
// last mark beside them, then the labels of the others, each below its carets,
// from right to left.
func drawMarks(marks []mark) []string {
	sort.SliceStable(marks, func(i, j int) bool { return marks[i].from < marks[j].from })
	var carets []byte
	for _, m := range marks {
		for len(carets) < m.to {
			carets = append(carets, ' ')
		}
		for i := m.from; i < m.to; i++ {
			carets[i] = '^'
		}
	}
	last := len(marks) - 1
	first := string(carets)
	// The label beside the carets must not be read as one of an earlier mark.
	if t := marks[last].text; t != "" {
		first += " " + t
	}
	rows := []string{first}
	for i := last - 1; i >= 0; i-- {
		if m := marks[i]; m.text != "" {
			rows = append(rows, strings.Repeat(" ", m.from)+m.text)
		}
	}
	return rows
}

// cells returns the width of a text on a terminal: East Asian wide characters
// and emoji take two cells, combining marks none.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

// wide are the ranges of characters that take two cells.
var wide = [][2]rune{
	{0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC}, {0x23F0, 0x23F0}, {0x23F3, 0x23F3},
	{0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267F, 0x267F}, {0x2693, 0x2693}, {0x26A1, 0x26A1},
	{0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x26C4, 0x26C5}, {0x26CE, 0x26CE}, {0x26D4, 0x26D4}, {0x26EA, 0x26EA},
	{0x26F2, 0x26F3}, {0x26F5, 0x26F5}, {0x26FA, 0x26FA}, {0x26FD, 0x26FD}, {0x2705, 0x2705}, {0x270A, 0x270B},
	{0x2728, 0x2728}, {0x274C, 0x274C}, {0x274E, 0x274E}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
	{0x27B0, 0x27B0}, {0x27BF, 0x27BF}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55}, {0x2E80, 0x303E},
	{0x3041, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60},
	{0xFFE0, 0xFFE6}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A},
	{0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA},
	{0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440},
	{0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596},
	{0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F9FF},
	{0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
}

func runeCells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case r <= 0x36F, r == 0x200B, r == 0x200D, 0xFE00 <= r && r <= 0xFE0F, 0x20D0 <= r && r <= 0x20FF:
		return 0
	}
	i := sort.Search(len(wide), func(i int) bool { return wide[i][1] >= r })
	if i < len(wide) && wide[i][0] <= r {
		return 2
	}
	return 1
}
