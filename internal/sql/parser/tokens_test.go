package parser

import "testing"

func TestTerminated(t *testing.T) {
	for text, want := range map[string]bool{
		"":                   false,
		";":                  true,
		"SELECT 1":           false,
		"SELECT 1;":          true,
		"SELECT 1; -- done":  true,
		"SELECT ';":          false,
		"SELECT ';'":         false,
		"SELECT ';';":        true,
		"SELECT 1; SELECT 2": false,
		"SELECT 1 -- ;":      false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;":      false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;": true,
		"BEGIN STATEMENT SET;": false,
	} {
		if got := Terminated(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestTokens(t *testing.T) {
	const script = "SELECT 'a', 1.5, `x` /* c */ FROM t -- end"
	want := []struct {
		class TokenClass
		text  string
	}{{ClassKeyword, "SELECT"}, {ClassString, "'a'"}, {ClassOther, ","}, {ClassNumber, "1.5"}, {ClassOther, ","}, {ClassQuoted, "`x`"},
		{ClassComment, " /* c */ "}, {ClassKeyword, "FROM"}, {ClassOther, "t"}, {ClassComment, " -- end"}}
	i := 0
	for class, span := range Tokens(script) {
		if i >= len(want) || class != want[i].class || script[span.Start:span.End] != want[i].text {
			t.Fatalf("token %d is %d %q", i, class, script[span.Start:span.End])
		}
		i++
	}
	if i != len(want) {
		t.Fatalf("%d tokens, want %d", i, len(want))
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("SELECT 'a' /* x */ FROM `t` WHERE 1.5e3 <> x'af' -- y")
	f.Add("'")
	f.Add("/*")
	f.Fuzz(func(t *testing.T, s string) {
		at := 0
		for _, span := range Tokens(s) {
			if span.Start < at || span.End < span.Start || span.End > len(s) {
				t.Fatalf("%q: %v after %d", s, span, at)
			}
			at = span.End
		}
		Terminated(s)
	})
}
