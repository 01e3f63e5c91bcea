package golden

import (
	"encoding/json"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Cell compares the cells of one column. The zero value compares exactly, but for
// the order of a map's entries, which Flink leaves to a hash table.
type Cell struct {
	// Type is Flink's summary string.
	Type string
	// Relative is how far a FLOAT or DOUBLE may be off, as a part of its value.
	Relative float64
	// ULPs is how many units in the last place a DOUBLE may be off.
	ULPs int64
	// JSONObject says that the cell is a JSON object whose keys have no order.
	JSONObject bool
}

// Equal reports whether got is as good as want; nil is NULL.
func (c Cell) Equal(want, got *string) bool {
	if want == nil || got == nil {
		return want == got
	}
	if *want == *got {
		return true
	}
	base := baseType(c.Type)
	switch base {
	case "DOUBLE", "FLOAT":
		return c.closeTo(*want, *got, base)
	}
	if strings.Contains(c.Type, "MAP<") || strings.Contains(c.Type, "MULTISET<") {
		return sortEntries(*want) == sortEntries(*got)
	}
	return c.JSONObject && sameJSON(*want, *got)
}

// approximate reports whether two different strings can be equal as numbers.
func (c Cell) approximate() bool {
	base := baseType(c.Type)
	return (c.Relative > 0 || c.ULPs > 0) && (base == "DOUBLE" || base == "FLOAT")
}

// key is the same for all cells that are Equal, but for approximate ones.
func (c Cell) key(cell *string) string {
	switch {
	case cell == nil:
		return "NULL"
	case strings.Contains(c.Type, "MAP<") || strings.Contains(c.Type, "MULTISET<"):
		return "=" + sortEntries(*cell)
	case c.JSONObject:
		var v any
		if json.Unmarshal([]byte(*cell), &v) == nil {
			b, _ := json.Marshal(v) // maps are written in the order of their keys
			return "=" + string(b)
		}
	}
	return "=" + *cell
}

func (c Cell) closeTo(want, got, base string) bool {
	w, okW := number(want)
	g, okG := number(got)
	if !okW || !okG || math.IsNaN(w) || math.IsNaN(g) || math.IsInf(w, 0) || math.IsInf(g, 0) {
		return false // and the strings differ
	}
	// Java's form is part of the answer: 1.0E10, not 1e+10.
	if javaForm(want) != javaForm(got) && w == g {
		return false
	}
	if c.Relative > 0 && math.Abs(w-g) <= c.Relative*math.Max(math.Abs(w), math.Abs(g)) {
		return true
	}
	if c.ULPs > 0 && base == "DOUBLE" {
		return ulps(w, g) <= c.ULPs
	}
	return false
}

// javaForm tells plain from scientific notation: two strings of the same number
// with different forms are not the same answer.
func javaForm(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

// number reads Java's form of a DOUBLE.
func number(s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	for _, r := range s {
		if (r < '0' || r > '9') && !strings.ContainsRune("+-.E", r) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// ulps is how many doubles lie between a and b.
func ulps(a, b float64) int64 {
	ordered := func(f float64) int64 {
		if i := int64(math.Float64bits(f)); i < 0 {
			return math.MinInt64 - i
		} else {
			return i
		}
	}
	d := ordered(a) - ordered(b)
	if (ordered(a) > 0) != (ordered(b) > 0) && math.Abs(a-b) > 1 {
		return math.MaxInt64 // the difference may have overflowed
	}
	if d < 0 {
		return -d
	}
	return d
}

// baseType is the type without parameters, nullability and time attribute.
func baseType(t string) string {
	if i := strings.IndexAny(t, " (<"); i >= 0 {
		return t[:i]
	}
	return t
}

// sortEntries sorts what stands between braces, at every depth: {b=2, a=1} and
// {a=1, b=2} are one map. Strings inside are not quoted, so a string with a comma
// is cut as well; both sides are cut alike.
func sortEntries(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := closing(s, open)
		if end < 0 {
			break
		}
		entries := splitTop(s[open+1 : end])
		for i := range entries {
			entries[i] = sortEntries(entries[i])
		}
		sort.Strings(entries)
		out.WriteString(s[:open+1])
		out.WriteString(strings.Join(entries, ", "))
		out.WriteByte('}')
		s = s[end+1:]
	}
	out.WriteString(s)
	return out.String()
}

// closing is the index of the bracket that closes the one at open, or -1.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// splitTop cuts at commas outside of brackets.
func splitTop(s string) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	return append(parts, strings.TrimSpace(s[from:]))
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
