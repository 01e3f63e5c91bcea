package types

import "unsafe"

// Text is what the parsers of this package read: SQL literals come as strings,
// columns as bytes.
type Text interface{ ~string | ~[]byte }

// view returns s as a string without copying it. The parsers keep nothing of
// it. A slice's header begins with a string's header.
func view[T Text](s T) string { return *(*string)(unsafe.Pointer(&s)) }

// ParseError says why a text is not a value of the wanted type. The texts are
// those of Flink, for a message `For input string: 'x'. …`.
type ParseError uint8

const (
	ErrEmpty    ParseError = iota + 1 // nothing but spaces
	ErrSyntax                         // a character that has no place there
	ErrSign                           // a sign without digits
	ErrOverflow                       // a number too large for the type
	ErrRange                          // a date or time that does not exist
)

// Error returns the reason.
func (e ParseError) Error() string {
	switch e {
	case ErrEmpty:
		return "input is empty"
	case ErrSyntax:
		return "invalid character found"
	case ErrSign:
		return "input has only positive or negative symbol"
	case ErrOverflow:
		return "overflow"
	}
	return "no such date or time"
}

// trimBlanks cuts spaces off both ends, as CAST does before it reads a number.
func trimBlanks(s string) string {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// trimControls cuts everything up to the space off both ends, as Java's
// String.trim does.
func trimControls(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

func isDigit(c byte) bool { return c-'0' <= 9 }
