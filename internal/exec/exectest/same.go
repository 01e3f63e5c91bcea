package exectest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Same fails the test unless got and want have the same rows between the same
// watermarks, in any order.
func Same(t testing.TB, got, want []string) {
	t.Helper()
	var merged []string // of watermarks without rows between them the last counts
	for _, l := range want {
		if n := len(merged); n > 0 && l[0] == '^' && merged[n-1][0] == '^' {
			merged = merged[:n-1]
		}
		merged = append(merged, l)
	}
	got, want = sortRuns(got), sortRuns(merged)
	if !slices.Equal(got, want) {
		t.Fatalf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// Zone loads a time zone.
func Zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
