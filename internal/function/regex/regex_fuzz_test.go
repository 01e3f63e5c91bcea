package regex

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// limit sets how long a match may take, and returns what sets it back.
func limit(d time.Duration) func() {
	before := matchLimit
	matchLimit = d
	return func() { matchLimit = before }
}

// TestEndless: a pattern that backtracks without end is an error that names it.
func TestEndless(t *testing.T) {
	defer limit(20 * time.Millisecond)()
	for _, java := range []string{`(a+)+(?!.)b`, `(a|aa)+\1c`, `(?<!b)(a*)*c`} {
		p, err := compile(java)
		if err != nil {
			t.Fatal(err)
		}
		text := []byte(strings.Repeat("a", 60) + "!")
		if _, err := p.match(text); err == nil || !strings.Contains(err.Error(), strconv.Quote(java)) {
			t.Errorf("match of %q: %v", java, err)
		}
		if _, err := p.all(text); err == nil {
			t.Errorf("all of %q: no error", java)
		}
	}
}

// FuzzPattern: no pattern panics, and a match lies within the text.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{`a+b*`, `(\d+)-(\w+)`, `[a-z&&[^b]]`, `\Qa.b\E$`, `(?<=a)b`, `(a)\1`, `[[:alpha:]]`, `\p{IsHan}+`, `(?i)x|y`, `[`, `a++`, `\`} {
		f.Add(p, "aab 12-xy a.b\n")
	}
	defer limit(time.Millisecond)()
	f.Fuzz(func(t *testing.T, java, text string) {
		if len(java) > 50 || len(text) > 100 {
			return
		}
		p, err := compile(java)
		if err != nil {
			return
		}
		all, _ := p.all([]byte(text)) // the error is that it took too long
		for _, m := range all {
			for _, at := range m {
				if at > len(text) {
					t.Fatalf("%q matches %q beyond its end: %v", java, text, m)
				}
			}
		}
	})
}
