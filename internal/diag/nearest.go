package diag

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCandidates is how many names a message lists at most.
const maxCandidates = 5

// Nearest returns the candidate that was most likely meant by name, or "" when
// unsure: the same but for case, the same words in another order, or at most
// two letters wrong, missing, too many or swapped, and no more than a third of
// the name.
func Nearest(name string, candidates []string) string {
	const none = 1 << 30
	best, bestDistance, tie := "", none, false
	lower := strings.ToLower(name)
	words := sortedWords(lower)
	length := utf8.RuneCountInString(name)
	for _, c := range candidates {
		if c == name {
			continue
		}
		l := strings.ToLower(c)
		d := none
		limit := min(2, max(length, utf8.RuneCountInString(c))/3)
		switch {
		case l == lower:
			d = 0
		case len(words) > 1 && slices.Equal(words, sortedWords(l)):
			d = 1
		default:
			if e := editDistance(lower, l, limit); e <= limit {
				d = e
			}
		}
		if d < bestDistance {
			best, bestDistance, tie = c, d, false
		} else if d == bestDistance && d != none && c != best {
			tie = true
		}
	}
	// Two equally near names: naming one would be a guess, unless only case differs.
	if bestDistance == none || tie && bestDistance == 2 {
		return ""
	}
	return best
}

// Candidates lists names for a message, at most five of them, those nearest to
// name first: `a, b, c, d, e, … (12 in all)`.
func Candidates(name string, all []string) string {
	lower := strings.ToLower(name)
	sorted := slices.Clone(all)
	if len(sorted) > maxCandidates {
		rank := func(c string) int {
			l := strings.ToLower(c)
			return editDistance(lower, l, max(len(l), len(lower)))
		}
		slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
		sorted = sorted[:maxCandidates]
		return strings.Join(sorted, ", ") + ", … (" + itoa(len(all)) + " in all)"
	}
	return strings.Join(sorted, ", ")
}

func sortedWords(s string) []string {
	w := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	slices.Sort(w)
	return w
}

// editDistance returns how many letters must be inserted, removed, replaced or
// swapped with their neighbour to get b from a, or limit+1 if more than limit.
func editDistance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if max(len(x), len(y))-min(len(x), len(y)) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit+1)
}
