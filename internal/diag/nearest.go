package diag

import "strings"

// Nearest returns the candidate that name was probably meant to be, or "" if
// none is near enough: at most two letters wrong, missing, too many or swapped,
// and no more than a third of the name. Case does not count as a difference.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", 3
	lower := []rune(strings.ToLower(name))
	for _, c := range candidates {
		if c == name {
			continue
		}
		other := []rune(strings.ToLower(c))
		limit := min(2, max(len(lower), len(other))/3)
		if d := distance(lower, other, limit); d <= limit && d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of edits (a swap of neighbours is one) from a to b; it
// may give up with limit+1.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var before, prev []int
	cur := make([]int, len(b)+1)
	for j := range cur {
		cur[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, cur = prev, cur, make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
	}
	return cur[len(b)]
}
