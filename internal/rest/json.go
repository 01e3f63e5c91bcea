package rest

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/types"
)

// encode writes an answer; it does not become HTML, whose characters stay.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// double is a number as Jackson prints a Java double: 1.0, 8.7580672E7, "NaN".
type double float64

var nan = double(math.NaN())

// MarshalJSON prints the number.
func (d double) MarshalJSON() ([]byte, error) { return appendDouble(nil, float64(d)), nil }

func appendDouble(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	case f == 0:
		return append(b, "0.0"...)
	}
	if a := math.Abs(f); a >= 1e-3 && a < 1e7 {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return append(b, s...)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	sign := ""
	if strings.HasPrefix(exponent, "-") {
		sign = "-"
	}
	return append(b, mantissa+"E"+sign+strings.TrimLeft(exponent, "+-0")...)
}

// null is a field that is always there and may be null.
type null[T any] struct{ value *T }

func some[T any](v T) null[T] { return null[T]{&v} }

// MarshalJSON prints the value or null.
func (n null[T]) MarshalJSON() ([]byte, error) { return encode(n.value) }

// millis is a time as milliseconds since the epoch, -1 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return -1
	}
	return t.UnixMilli()
}

// instant is the same of a types.Instant, of which 0 is none.
func instant(t types.Instant) int64 {
	if t == 0 {
		return -1
	}
	return int64(t)
}

// duration is the time from start to end, or to now while there is no end; -1
// before the start. All are milliseconds.
func duration(start, end, now int64) int64 {
	switch {
	case start <= 0:
		return -1
	case end <= 0:
		return max(now-start, 0)
	}
	return end - start
}
