package golden

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/flott/flott/test/cli"
)

// Refusal is how Flink refused a statement or an expression.
type Refusal struct {
	Stage   string // parse, validate, plan or run
	Message string
}

// BeforeRun reports whether Flink noticed before a job started.
func (r Refusal) BeforeRun() bool { return r.Stage != "run" }

// unsupported matches Flink saying that it has not got something itself.
var unsupported = regexp.MustCompile(`(?i)not (yet )?(be )?(supported|implemented|allowed)|unsupported|(does not|doesn't|don't|cannot|can't) support|supports? only|only supports?`)

// Refused returns why a failure of flott is no answer to Flink's refusal, or "".
// The messages need not match. What does not count is an error that does not
// know the mistake: a defect, or that flott has not got something yet, unless
// Flink has not got it either.
func Refused(want Refusal, got *cli.Failure) string {
	switch {
	case got.Code == "internal":
		return fmt.Sprintf("a defect: %s", got)
	case got.Code == "not-supported" && !unsupported.MatchString(want.Message):
		return fmt.Sprintf("%s; Flink's reason is: %s", got, want.Message)
	}
	return ""
}

// SameTokens compares SQL without regard to white space outside of quotes.
func SameTokens(want, got string) bool {
	w, g := tokens(want), tokens(got)
	if len(w) != len(g) {
		return false
	}
	for i := range w {
		if w[i] != g[i] {
			return false
		}
	}
	return true
}

func tokens(s string) []string {
	var out []string
	rs := []rune(s)
	for i := 0; i < len(rs); {
		r, from := rs[i], i
		switch {
		case unicode.IsSpace(r):
			i++
			continue
		case strings.ContainsRune("'`\"", r):
			for i++; i < len(rs) && rs[i] != r; i++ {
			}
			i++
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
			for i < len(rs) && (unicode.IsLetter(rs[i]) || unicode.IsDigit(rs[i]) || rs[i] == '_') {
				i++
			}
		default:
			i++
		}
		out = append(out, string(rs[from:min(i, len(rs))]))
	}
	return out
}
