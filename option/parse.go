package option

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
)

var durationUnits = map[string]time.Duration{
	"": time.Millisecond, "ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond, "nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
	"us": time.Microsecond, "µs": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond, "microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

var memoryUnits = map[string]int64{
	"": 1, "b": 1, "byte": 1, "bytes": 1,
	"k": 1 << 10, "kb": 1 << 10, "kibibytes": 1 << 10, "kibibyte": 1 << 10,
	"m": 1 << 20, "mb": 1 << 20, "mebibytes": 1 << 20, "mebibyte": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gibibytes": 1 << 30, "gibibyte": 1 << 30,
	"t": 1 << 40, "tb": 1 << 40, "tebibytes": 1 << 40, "tebibyte": 1 << 40,
}

func split(text string) (number int64, unit string, err error) {
	text = strings.TrimSpace(text)
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, "", fmt.Errorf("%q does not begin with a number", text)
	}
	number, err = strconv.ParseInt(text[:i], 10, 64)
	if err != nil {
		return 0, "", fmt.Errorf("%q is too large", text[:i])
	}
	return number, strings.ToLower(strings.TrimSpace(text[i:])), nil
}

// ParseDuration reads Flink's durations: a whole number and a unit (`10 s`,
// `500ms`, `1 min`, ISO-8601 `PT10S`); without a unit it is milliseconds.
func ParseDuration(text string) (time.Duration, error) {
	if t := strings.ToUpper(strings.TrimSpace(text)); strings.HasPrefix(t, "PT") {
		d, err := time.ParseDuration(strings.ToLower(t[2:]))
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration; write for example '10 s'", text)
		}
		return d, nil
	}
	n, unit, err := split(text)
	if err != nil {
		return 0, fmt.Errorf("%w; a duration is a number and a unit, for example '10 s'", err)
	}
	u, ok := durationUnits[unit]
	if !ok {
		return 0, fmt.Errorf("unit %q of %q is unknown; the units are ns, us, ms, s, min, h, d", unit, text)
	}
	if n > math.MaxInt64/int64(u) {
		return 0, fmt.Errorf("%q is too long", text)
	}
	return time.Duration(n) * u, nil
}

// FormatDuration prints d as ParseDuration reads it, in the largest whole unit.
func FormatDuration(d time.Duration) string {
	for _, u := range []struct {
		d    time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if d >= u.d && d%u.d == 0 {
			return fmt.Sprintf("%d %s", d/u.d, u.name)
		}
	}
	if d == 0 {
		return "0 ms"
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}

// ParseMemory reads Flink's memory sizes (`64mb`, `1 gb`, `32k`; bytes without
// a unit) and returns bytes.
func ParseMemory(text string) (int64, error) {
	n, unit, err := split(text)
	if err != nil {
		return 0, fmt.Errorf("%w; a memory size is a number and a unit, for example '64mb'", err)
	}
	u, ok := memoryUnits[unit]
	if !ok {
		return 0, fmt.Errorf("unit %q of %q is unknown; the units are b, kb, mb, gb, tb", unit, text)
	}
	if n > math.MaxInt64/u {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return n * u, nil
}

// FormatMemory prints bytes in the largest whole unit.
func FormatMemory(bytes int64) string {
	for _, u := range []struct {
		n    int64
		name string
	}{{1 << 30, "gb"}, {1 << 20, "mb"}, {1 << 10, "kb"}} {
		if bytes >= u.n && bytes%u.n == 0 {
			return fmt.Sprintf("%d%s", bytes/u.n, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// Check reports whether text is a value of o; the error says what would be.
func (o Option) Check(text string) error {
	switch o.Kind {
	case Int:
		if _, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
	case Float:
		if _, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
	case Bool:
		if t := strings.ToLower(strings.TrimSpace(text)); t != "true" && t != "false" {
			return fmt.Errorf("%q is neither true nor false", text)
		}
	case Duration:
		_, err := ParseDuration(text)
		return err
	case Memory:
		_, err := ParseMemory(text)
		return err
	case Enum:
		for _, v := range o.Values {
			if strings.EqualFold(v, strings.TrimSpace(text)) {
				return nil
			}
		}
		return fmt.Errorf("%q is none of %s", text, strings.Join(o.Values, ", "))
	}
	return nil
}

// Text, Int, Float, Bool, Duration and Bytes read a checked option; a value
// that does not parse gives the zero value.
func (s Set) Text(o Option) string { t, _ := s.Get(o); return t }

// Int reads a whole number.
func (s Set) Int(o Option) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(s.Text(o)), 10, 64)
	return n
}

// Float reads a number.
func (s Set) Float(o Option) float64 {
	f, _ := strconv.ParseFloat(strings.TrimSpace(s.Text(o)), 64)
	return f
}

// Bool reads a truth value.
func (s Set) Bool(o Option) bool { return strings.EqualFold(strings.TrimSpace(s.Text(o)), "true") }

// Duration reads a duration, 0 when unset.
func (s Set) Duration(o Option) time.Duration { d, _ := ParseDuration(s.Text(o)); return d }

// Bytes reads a memory size, 0 when unset.
func (s Set) Bytes(o Option) int64 { n, _ := ParseMemory(s.Text(o)); return n }

// List reads values separated by ';'.
func (s Set) List(o Option) []string {
	var out []string
	for _, p := range strings.Split(s.Text(o), ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Prefixed returns the entries below a Map option's prefix, prefix removed.
func (s Set) Prefixed(o Option) map[string]string {
	prefix := strings.TrimSuffix(o.Key, "*")
	out := map[string]string{}
	for k, v := range s {
		if strings.HasPrefix(k, prefix) {
			out[k[len(prefix):]] = v
		}
	}
	return out
}

// Keys returns the given keys in order.
func (s Set) Keys() []string {
	out := make([]string, 0, len(s))
	for k := range s {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Matches reports whether key is o's key, an alias, or below a Map prefix.
func (o Option) Matches(key string) bool {
	if o.Kind == Map {
		return strings.HasPrefix(key, strings.TrimSuffix(o.Key, "*"))
	}
	if key == o.Key {
		return true
	}
	for _, a := range o.Aliases {
		if a == key {
			return true
		}
	}
	return false
}
