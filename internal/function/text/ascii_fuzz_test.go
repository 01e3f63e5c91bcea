package text

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzASCII: eight bytes at a time give what characters alone give.
func FuzzASCII(f *testing.F) {
	for _, s := range []string{"", "abcXYZ{}@[`~09", "straße und Ärger, 東京", "İstanbul ΟΔΟΣ", "1234567😀", "\xff\xfe12345678\x80", strings.Repeat("aZ", 20)} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		b := []byte(s)
		if got := count(b); got != utf8.RuneCount(b) {
			t.Fatalf("count(%q) = %d", s, got)
		}
		var ends []int // of characters
		for i := 0; i < len(b); {
			_, size := utf8.DecodeRune(b[i:])
			i += size
			ends = append(ends, i)
		}
		n = max(n%64, 0)
		want := 0
		if k := min(n, len(ends)); k > 0 {
			want = ends[k-1]
		}
		if got := skip(b, n); got != want {
			t.Fatalf("skip(%q, %d) = %d, want %d", s, n, got, want)
		}
		ascii := !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
		if plain(b) == len(b) != ascii {
			t.Fatalf("plain(%q) = %d", s, plain(b))
		}
		if got, want := wide(b), slices.ContainsFunc(b, func(c byte) bool { return c >= 0xf0 }); got != want {
			t.Fatalf("wide(%q) = %v", s, got)
		}
		if got, want := appendPad([]byte(s), []byte("."), n), s+strings.Repeat(".", n); string(got) != want {
			t.Fatalf("%q padded is %q", s, got)
		}
		initcap, inside := slices.Clone(b), false
		for i, c := range b {
			letter := 'a' <= c|0x20 && c|0x20 <= 'z'
			if letter && inside {
				initcap[i] |= 0x20
			} else if letter {
				initcap[i] &^= 0x20
			}
			inside = letter || '0' <= c && c <= '9'
		}
		if got := appendInitcap(nil, b); !bytes.Equal(got, initcap) {
			t.Fatalf("words of %q begin as in %q", s, got)
		}
		if !ascii {
			return
		}
		if got, want := appendUpper(nil, b), bytes.ToUpper(b); !bytes.Equal(got, want) {
			t.Fatalf("%q in upper case is %q", s, got)
		}
		if got, want := appendLower(nil, b), bytes.ToLower(b); !bytes.Equal(got, want) {
			t.Fatalf("%q in lower case is %q", s, got)
		}
		back := slices.Clone(b)
		slices.Reverse(back)
		if got := appendReversed(nil, b); !bytes.Equal(got, back) {
			t.Fatalf("%q backwards is %q", s, got)
		}
	})
}
