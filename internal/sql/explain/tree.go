package explain

import "strings"

// tree is a line with the lines below it.
type tree struct {
	text  string
	below []*tree
}

// write draws t as Flink does: `:-` before a line that has others after it on its
// level, `+-` before the last.
func (t *tree) write(b *strings.Builder, lead, rest string) {
	b.WriteString(lead + t.text + "\n")
	for i, c := range t.below {
		if i < len(t.below)-1 {
			c.write(b, rest+":- ", rest+":  ")
		} else {
			c.write(b, rest+"+- ", rest+"   ")
		}
	}
}

// draw writes trees with a blank line between them.
func draw(ts []*tree) string {
	var b strings.Builder
	for i, t := range ts {
		if i > 0 {
			b.WriteByte('\n')
		}
		t.write(&b, "", "")
	}
	return b.String()
}

// attr writes name=[value].
func attr(name, value string) string { return name + "=[" + value + "]" }

func node(name string, attrs ...string) string {
	var set []string
	for _, a := range attrs {
		if a != "" {
			set = append(set, a)
		}
	}
	return name + "(" + strings.Join(set, ", ") + ")"
}
