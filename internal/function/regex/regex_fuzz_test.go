package regex

import (
	"strings"
	"testing"
)

// FuzzPattern: no pattern panics, and a match lies within the text.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{`a+b*`, `(\d+)-(\w+)`, `[a-z&&[^b]]`, `\Qa.b\E$`, `(?<=a)b`, `(a)\1`, `[[:alpha:]]`, `\p{IsHan}+`, `(?i)x|y`, `[`, `a++`, `\`} {
		f.Add(p, "aab 12-xy a.b\n")
	}
	f.Fuzz(func(t *testing.T, java, text string) {
		if len(java) > 50 || len(text) > 100 || strings.Count(java, "*")+strings.Count(java, "+")+strings.Count(java, "{") > 3 {
			return // backtracking takes its time
		}
		p, err := compile(java)
		if err != nil {
			return
		}
		if p.fast == nil {
			return
		}
		for _, m := range p.all([]byte(text)) {
			for _, at := range m {
				if at > len(text) {
					t.Fatalf("%q matches %q beyond its end: %v", java, text, m)
				}
			}
		}
	})
}
