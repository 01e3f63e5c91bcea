package swar

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?`)

// FuzzNumber compares with a pattern and strconv.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "12,", "-12.50}", "123456789012345678", "1234567890123456789", "00", "1.", "1e5", "1.5E", "12345678.12345678", "12345678\xff", "9:", "7/", "-", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, scale, end := Number([]byte(s), 0)
		text := plainNumber.FindString(s)
		digits := strings.NewReplacer("-", "", ".", "").Replace(text)
		more := strings.IndexFunc(s[len(text):], func(r rune) bool {
			return r >= '0' && r <= '9' || r == '.' && !strings.Contains(text, ".") || r|0x20 == 'e'
		}) == 0
		want, _ := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
		if text == "" || len(digits) > 18 || more || want == 0 && text[0] == '-' {
			if end != -1 {
				t.Fatalf("%q: end %d", s, end)
			}
			return
		}
		point := int32(strings.IndexByte(text, '.'))
		if point >= 0 {
			point = int32(len(text)) - point - 1
		}
		if end != len(text) || x != want || scale != point {
			t.Fatalf("%q: %d, scale %d, end %d; want %d, %d, %d", s, x, scale, end, want, point, len(text))
		}
	})
}

// FuzzEnds compares with searches byte by byte.
func FuzzEnds(f *testing.F) {
	f.Add(`{"a":"b c d e f g h i j k l m n o p"}`, byte('"'), 2)
	f.Add(`a\"b"`, byte(','), 0)
	f.Add("äöü,", byte(','), 0)
	f.Add("abc", byte(0), 1)
	f.Add(strings.Repeat("x", 40)+",y", byte(','), 1)
	f.Fuzz(func(t *testing.T, s string, c byte, from int) {
		if from < 0 || from > len(s) {
			return
		}
		b := []byte(s)
		want := len(b)
		if k := bytes.IndexByte(b[from:], c); k >= 0 {
			want = from + k
		}
		if got := Index(b, from, c); got != want {
			t.Fatalf("Index(%q, %d, %q) = %d, want %d", s, from, c, got, want)
		}
		if from+16 <= len(b) {
			near := want - from
			if near >= 16 {
				near = -1
			}
			if got := Near(Word(b, from), Word(b, from+8), ones*uint64(c)); got != near {
				t.Fatalf("Near(%q, %q) = %d, want %d", b[from:from+16], c, got, near)
			}
		}
		want = -1
		for i := from; i < len(b) && b[i] < 0x80 && b[i] != '\\'; i++ {
			if b[i] == '"' {
				want = i
				break
			}
		}
		if got := PlainEnd(b, from); got != want {
			t.Fatalf("PlainEnd(%q, %d) = %d, want %d", s, from, got, want)
		}
	})
}

func TestBoolean(t *testing.T) {
	for s, want := range map[string]int{"true": 4, "true,1": 4, "false": 5, "falsey": 5, "fals": 0, "truf": 0, "True": 0, "": 0, "xtrue": 0, "falsE": 0} {
		if got := Boolean(Word([]byte(s), 0)); got != want {
			t.Errorf("Boolean(%q) = %d, want %d", s, got, want)
		}
	}
}
