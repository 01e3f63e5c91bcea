package types

import (
	"math"
	"math/bits"
	"strconv"
)

// ParseInt64 reads an integer as CAST(string AS BIGINT) does: spaces around
// it and a sign are fine, a fraction is cut off ('1.7' is 1, '.' is 0), an
// exponent is not.
func ParseInt64[T Text](s T) (int64, error) {
	return parseInt(view(s), math.MinInt64, math.MaxInt64)
}

// ParseInt32 is ParseInt64 for INT.
func ParseInt32[T Text](s T) (int32, error) {
	v, err := parseInt(view(s), math.MinInt32, math.MaxInt32)
	return int32(v), err
}

// ParseInt16 is ParseInt64 for SMALLINT.
func ParseInt16[T Text](s T) (int16, error) {
	v, err := parseInt(view(s), math.MinInt16, math.MaxInt16)
	return int16(v), err
}

// ParseInt8 is ParseInt64 for TINYINT.
func ParseInt8[T Text](s T) (int8, error) {
	v, err := parseInt(view(s), math.MinInt8, math.MaxInt8)
	return int8(v), err
}

func parseInt(s string, lowest, highest int64) (int64, error) {
	s = trimBlanks(s)
	if s == "" {
		return 0, ErrEmpty
	}
	neg := s[0] == '-'
	if neg || s[0] == '+' {
		if s = s[1:]; s == "" {
			return 0, ErrSign
		}
	}
	var v uint64
	i := 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		if v > (math.MaxUint64-9)/10 {
			return 0, parseIntRest(s[i:], ErrOverflow)
		}
		v = v*10 + uint64(s[i]-'0')
	}
	if i < len(s) {
		if err := parseIntRest(s[i:], nil); err != nil {
			return 0, err
		}
	}
	if neg {
		if v > -uint64(lowest) {
			return 0, ErrOverflow
		}
		return -int64(v), nil
	}
	if v > uint64(highest) {
		return 0, ErrOverflow
	}
	return int64(v), nil
}

// parseIntRest checks what follows an integer's digits: more digits and a
// fraction.
func parseIntRest(s string, otherwise error) error {
	dot := false
	for i := range len(s) {
		if s[i] == '.' && !dot {
			dot = true
		} else if !isDigit(s[i]) {
			return ErrSyntax
		}
	}
	return otherwise
}

// ParseBool reads a BOOLEAN as CAST does, in any case and without spaces:
// true, t, yes, y, 1 and false, f, no, n, 0.
func ParseBool[T Text](t T) (bool, error) {
	s := view(t)
	switch len(s) {
	case 0:
		return false, ErrEmpty
	case 1:
		switch s[0] | 0x20 {
		case 't', 'y':
			return true, nil
		case 'f', 'n':
			return false, nil
		}
		switch s[0] {
		case '1':
			return true, nil
		case '0':
			return false, nil
		}
	case 2:
		if equalFold(s, "no") {
			return false, nil
		}
	case 3:
		if equalFold(s, "yes") {
			return true, nil
		}
	case 4:
		if equalFold(s, "true") {
			return true, nil
		}
	case 5:
		if equalFold(s, "false") {
			return false, nil
		}
	}
	return false, ErrSyntax
}

// equalFold compares s with a lower-case ASCII word.
func equalFold(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c-'A' <= 'Z'-'A' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// ParseDouble reads a DOUBLE as Java's Double.parseDouble does: blanks around
// it, NaN and Infinity with a sign, a trailing d or f, hexadecimal floats. A
// number too large is infinite.
func ParseDouble[T Text](s T) (float64, error) { return parseJavaFloat(view(s), 64) }

// ParseFloat reads a FLOAT as Java's Float.parseFloat does.
func ParseFloat[T Text](s T) (float32, error) {
	f, err := parseJavaFloat(view(s), 32)
	return float32(f), err
}

func parseJavaFloat(s string, size int) (float64, error) {
	s = trimControls(s)
	if s == "" {
		return 0, ErrEmpty
	}
	neg := s[0] == '-'
	body := s
	if neg || s[0] == '+' {
		if body = s[1:]; body == "" {
			return 0, ErrSign
		}
	}
	switch body[0] {
	case 'N':
		if body == "NaN" {
			return math.NaN(), nil
		}
		return 0, ErrSyntax
	case 'I':
		if body != "Infinity" {
			return 0, ErrSyntax
		}
		if neg {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	}
	if len(body) > 1 && body[0] == '0' && body[1]|0x20 == 'x' {
		return parseHexFloat(s, body[2:], size)
	}

	// One pass checks the grammar and collects up to 19 digits, which mostly
	// decide the value without strconv.
	var mant uint64
	digits, kept, exp := 0, 0, 0
	i := 0
	dot := false
	for ; i < len(body); i++ {
		c := body[i]
		if isDigit(c) {
			digits++
			if dot {
				exp--
			}
			if kept < 19 {
				mant = mant*10 + uint64(c-'0')
				if mant != 0 {
					kept++
				}
			} else {
				kept++
				exp++
			}
		} else if c == '.' && !dot {
			dot = true
		} else {
			break
		}
	}
	if digits == 0 {
		return 0, ErrSyntax
	}
	if i < len(body) && body[i]|0x20 == 'e' {
		i++
		e, n, ok := parseExponent(body[i:])
		if !ok {
			return 0, ErrSyntax
		}
		exp += e
		i += n
	}
	number := s[:len(s)-len(body)+i]
	if i < len(body) {
		if c := body[i] | 0x20; i+1 != len(body) || c != 'f' && c != 'd' {
			return 0, ErrSyntax
		}
	}
	if size == 64 && kept <= 19 && mant <= 1<<53 && exp >= -22 && exp <= 22 {
		// Both are exact, so that one operation rounds once (Clinger).
		f := float64(mant)
		if exp < 0 {
			f /= exactPow10[-exp]
		} else {
			f *= exactPow10[exp]
		}
		if neg {
			f = -f
		}
		return f, nil
	}
	f, err := strconv.ParseFloat(number, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrSyntax
	}
	return f, nil
}

// parseExponent reads the digits of an exponent, cut at a value that is
// beyond every type, and says how many bytes they took.
func parseExponent(s string) (exp, n int, ok bool) {
	neg := false
	if n < len(s) && (s[n] == '-' || s[n] == '+') {
		neg = s[n] == '-'
		n++
	}
	for ; n < len(s) && isDigit(s[n]); n++ {
		ok = true
		if exp < 1e8 {
			exp = exp*10 + int(s[n]-'0')
		}
	}
	if neg {
		exp = -exp
	}
	return exp, n, ok
}

// parseHexFloat checks Java's form 0x1.8p3, whose exponent is a must.
func parseHexFloat(s, digits string, size int) (float64, error) {
	i, n := 0, 0
	dot := false
	for ; i < len(digits); i++ {
		c := digits[i]
		if isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' {
			n++
		} else if c == '.' && !dot {
			dot = true
		} else {
			break
		}
	}
	if n == 0 || i == len(digits) || digits[i]|0x20 != 'p' {
		return 0, ErrSyntax
	}
	i++
	_, used, ok := parseExponent(digits[i:])
	if !ok {
		return 0, ErrSyntax
	}
	i += used
	if rest := digits[i:]; rest != "" {
		if c := rest[0] | 0x20; len(rest) > 1 || c != 'f' && c != 'd' {
			return 0, ErrSyntax
		}
		s = s[:len(s)-1]
	}
	f, err := strconv.ParseFloat(s, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrSyntax
	}
	return f, nil
}

// parseDecimalFloat reads the text of a decimal, which is well formed.
func parseDecimalFloat(s []byte) (float64, error) { return strconv.ParseFloat(view(s), 64) }

// ParseDecimal reads a DECIMAL(p, s) as CAST does: blanks around it, a sign,
// an exponent; digits beyond the scale round HALF_UP. ErrOverflow means more
// than p digits.
func ParseDecimal[T Text](s T, p, scale int32) (Int128, error) {
	return parseDecimal(view(s), p, scale)
}

// ParseDecimalInt64 is ParseDecimal for p <= 18.
func ParseDecimalInt64[T Text](s T, p, scale int32) (int64, error) {
	v, err := parseDecimal(view(s), p, scale)
	return v.Int64(), err
}

func parseDecimal(s string, p, scale int32) (Int128, error) {
	for len(s) > 0 && isDecimalBlank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isDecimalBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if s == "" {
		return Int128{}, ErrEmpty
	}
	neg := s[0] == '-'
	if neg || s[0] == '+' {
		if s = s[1:]; s == "" {
			return Int128{}, ErrSign
		}
	}
	// Keep what fits in 128 bits, 38 digits at least. Of the digits after that
	// only the first matters, if it is the first one beyond the scale.
	var u uint128
	var next byte
	exp, full := 0, false
	digits, dot := false, false
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !dot {
			dot = true
			continue
		}
		if !isDigit(c) {
			break
		}
		digits = true
		if dot {
			exp--
		}
		switch {
		case full:
			exp++
		case u.hi == 0 && u.lo < math.MaxUint64/10-1:
			u.lo = u.lo*10 + uint64(c-'0')
		default:
			v, ok := u.shiftIn(c - '0')
			if !ok {
				full, next = true, c-'0'
				exp++
				continue
			}
			u = v
		}
	}
	if !digits && (!dot || p > 18) { // a single point is 0 up to 18 digits, as in Flink
		return Int128{}, ErrSyntax
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		e, n, ok := parseExponent(s[i+1:])
		if !ok {
			return Int128{}, ErrSyntax
		}
		exp += e
		i += 1 + n
	}
	if i < len(s) {
		return Int128{}, ErrSyntax
	}
	exp = min(max(exp, -1e6), 1e6)
	if next >= 5 && int32(exp)+scale == 0 {
		u = u.inc()
	}
	v, ok := decimalFromParts(u, neg, int32(exp), p, scale)
	if !ok {
		return Int128{}, ErrOverflow
	}
	return v, nil
}

func isDecimalBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// shiftIn returns u*10 + digit; ok is false beyond 128 bits.
func (u uint128) shiftIn(digit byte) (_ uint128, ok bool) {
	v, over := u.mul64(10)
	lo, c := bits.Add64(v.lo, uint64(digit), 0)
	hi, c := bits.Add64(v.hi, 0, c)
	return uint128{lo, hi}, over|c == 0
}

// AppendBool appends TRUE or FALSE, as CAST(b AS STRING) does.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "TRUE"...)
	}
	return append(dst, "FALSE"...)
}

// AppendDecimal appends x, of scale s, with exactly s digits after the point.
func AppendDecimal(dst []byte, x Int128, s int32) []byte {
	if x.IsInt64() {
		return AppendDecimalInt64(dst, x.Int64(), s)
	}
	u, neg := x.magnitude()
	var buf [40]byte
	i := len(buf)
	for u.hi != 0 {
		var r uint64
		u, r = u.div64(pow10[19])
		for range 19 {
			i--
			buf[i] = byte('0' + r%10)
			r /= 10
		}
	}
	for v := u.lo; v != 0; v /= 10 {
		i--
		buf[i] = byte('0' + v%10)
	}
	return appendScaled(dst, buf[i:], neg, int(s))
}

// AppendDecimalInt64 is AppendDecimal for an int64.
func AppendDecimalInt64(dst []byte, v int64, s int32) []byte {
	if s == 0 {
		return AppendInt(dst, v)
	}
	var buf [32]byte
	n := putUint(&buf, absInt64(v))
	return appendScaled(dst, buf[:n], v < 0, int(s))
}

// appendScaled writes digits with the point before the last s of them.
func appendScaled(dst, digits []byte, neg bool, s int) []byte {
	if neg {
		dst = append(dst, '-')
	}
	if s == 0 {
		return append(dst, digits...)
	}
	if whole := len(digits) - s; whole > 0 {
		dst = append(dst, digits[:whole]...)
		digits = digits[whole:]
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, '.')
	for i := len(digits); i < s; i++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// AppendDecimalShort appends x, of scale s, as Jackson writes a BigDecimal:
// without the zeros at its end, and unless plain with an exponent where Java's
// BigDecimal.toString has one: 1.5, 1E+2, 1E-7.
func AppendDecimalShort(dst []byte, x Int128, s int32, plain bool) []byte {
	u, neg := x.magnitude()
	if u.isZero() {
		return append(dst, '0')
	}
	for {
		q, r := u.div64(10)
		if r != 0 {
			break
		}
		u = q
		s--
	}
	var buf [40]byte
	digits := AppendDecimal(buf[:0], u.signed(false), 0)
	point := len(digits) - int(s) // digits before the point
	if neg {
		dst = append(dst, '-')
	}
	switch {
	case s >= 0 && (plain || point > -6):
		return appendScaled(dst, digits, false, int(s))
	case s < 0 && plain:
		dst = append(dst, digits...)
		for ; s < 0; s++ {
			dst = append(dst, '0')
		}
		return dst
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'E')
	if point-1 > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(point-1), 10)
}
