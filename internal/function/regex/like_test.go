package regex

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzLike holds the matchers of LIKE against a regular expression.
func FuzzLike(f *testing.F) {
	for _, c := range [][2]string{{"abc", "a%c"}, {"abcabc", "a%b%c"}, {"aa", "a%a"}, {"a", "a%a"}, {"xaybz", "%a_b%"}, {"ü", "_"}, {"aab", "%ab"}, {"", "%%"}, {"abab", "ab%ab%"}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, text, pattern string) {
		m, err := compileLike(pattern, "")
		if err != nil || strings.ContainsAny(text, "\n\r") || strings.ToValidUTF8(text, "") != text || strings.ToValidUTF8(pattern, "") != pattern {
			return
		}
		var re strings.Builder
		for _, r := range pattern {
			switch r {
			case '%':
				re.WriteString("(?s:.*)")
			case '_':
				re.WriteString("(?s:.)")
			default:
				re.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		want := regexp.MustCompile(`\A` + re.String() + `\z`).MatchString(text)
		if got, _ := m([]byte(text)); got != want {
			t.Errorf("%q LIKE %q is %v, want %v", text, pattern, got, want)
		}
	})
}
