// Package ledger keeps the verdict of every case of a conformance test in a
// committed file, so that a case that got worse fails the test and one that got
// better is written down.
//
// A ledger is text, one case a line, sorted:
//
//	window_tumble_01<TAB>pass
//	window_tumble_02<TAB>fail: statement 3: row 5 is +I[1], want +I[2]
//
// or, when it holds failures only, without the lines of what passes. The reason
// is for readers; only pass or fail is compared.
package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Ledger is the known verdicts.
type Ledger struct {
	// FailuresOnly says that a case without a line passes.
	FailuresOnly bool

	verdicts map[string]string // reason of failure; "" for pass
	fresh    bool
}

// Read reads the ledger at path. A file that does not exist is an empty ledger
// that takes every case as it is.
func Read(path string, failuresOnly bool) (*Ledger, error) {
	l := &Ledger{FailuresOnly: failuresOnly, verdicts: map[string]string{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		l.fresh = true
		return l, nil
	} else if err != nil {
		return nil, err
	}
	for n, line := range strings.Split(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, verdict, ok := strings.Cut(line, "\t")
		reason, failed := strings.CutPrefix(verdict, "fail: ")
		if !ok || !failed && verdict != "pass" || failed && reason == "" {
			return nil, fmt.Errorf("%s:%d: want a name, a tab and `pass` or `fail: reason`", path, n+1)
		}
		if !failed {
			reason = ""
		}
		l.verdicts[name] = reason
	}
	return l, nil
}

// Check compares the verdicts of a run (name to reason of failure, "" for pass)
// with the ledger. Worse is what must not be: cases that passed and fail now.
// Stale is what the ledger does not know yet: cases that pass now, and new ones.
// With whole, cases of the ledger that the run has not got are stale as well.
func (l *Ledger) Check(run map[string]string, whole bool) (worse, stale []string) {
	for name, reason := range run {
		known, ok := l.verdicts[name]
		switch {
		case !ok && l.fresh, !ok && !l.FailuresOnly:
			if reason != "" || !l.FailuresOnly {
				stale = append(stale, name+": not in the ledger")
			}
		case reason != "" && known == "":
			worse = append(worse, name+": "+reason)
		case reason == "" && known != "":
			stale = append(stale, name+": passes now")
		}
	}
	if whole {
		for name := range l.verdicts {
			if _, ok := run[name]; !ok {
				stale = append(stale, name+": there is no such case")
			}
		}
	}
	slices.Sort(worse)
	slices.Sort(stale)
	return worse, stale
}

// Update takes over what got better, what is new, and the reasons. A case that
// passed keeps its line: to give it up, change the line by hand and say why in
// the commit.
func (l *Ledger) Update(run map[string]string, whole bool) {
	for name, reason := range run {
		known, ok := l.verdicts[name]
		passed := ok && known == "" || !ok && l.FailuresOnly && !l.fresh
		if passed && reason != "" {
			continue
		}
		l.verdicts[name] = strings.ReplaceAll(reason, "\n", " ")
		if reason == "" && l.FailuresOnly {
			delete(l.verdicts, name)
		}
	}
	for name := range l.verdicts {
		if _, ok := run[name]; whole && !ok {
			delete(l.verdicts, name)
		}
	}
	l.fresh = false
}

// Write writes the ledger. head is its comment, a line each.
func (l *Ledger) Write(path string, head ...string) error {
	var b strings.Builder
	for _, h := range head {
		fmt.Fprintf(&b, "# %s\n", h)
	}
	names := make([]string, 0, len(l.verdicts))
	for name := range l.verdicts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if reason := l.verdicts[name]; reason == "" {
			fmt.Fprintf(&b, "%s\tpass\n", name)
		} else {
			fmt.Fprintf(&b, "%s\tfail: %s\n", name, reason)
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
