package csv

import "bytes"

// Frame finds a record in a file; see format.Framer. A record keeps its line
// end, so that a blank line is not taken for nothing: it is a record of one
// empty field.
func (d *decoder) Frame(b []byte, atEOF bool) (advance, start, end int, err error) {
	d.file = true
	if d.comments {
		// A comment may hold anything, quotes too.
		if n := skipComments(b); n == len(b) && !atEOF {
			return 0, 0, 0, nil
		} else if n > 0 {
			return n, 0, 0, nil
		}
	}
	i := bytes.IndexByte(b, '\n')
	if i < 0 && !atEOF || len(b) == 0 {
		return 0, 0, 0, nil
	}
	line := b
	if i >= 0 {
		line = b[:i+1]
	}
	// Mostly a line is a record. But \r ends one, too, and quotes may hold both.
	cr := bytes.IndexByte(line, '\r')
	if d.escape >= 0 || d.quote >= 0 && bytes.IndexByte(line, byte(d.quote)) >= 0 || cr >= 0 && (i < 0 || cr != len(line)-2) {
		d.framed = nil
		n := d.frameQuoted(b, atEOF)
		return n, 0, n, nil
	}
	d.framed = line
	return len(line), 0, len(line), nil
}

// frameQuoted returns the length of the first record with its line end, 0 if
// more bytes are needed.
func (d *decoder) frameQuoted(b []byte, atEOF bool) int {
	inQuotes, atStart := false, true
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case int(c) == d.escape && (d.escape != d.quote || !inQuotes && !atStart):
			i++
			atStart = false
		case inQuotes && int(c) == d.quote:
			if i+1 == len(b) && !atEOF {
				return 0 // the next byte may double it
			}
			if i+1 < len(b) && int(b[i+1]) == d.quote {
				i++
			} else {
				inQuotes = false
			}
		case inQuotes:
		case int(c) == d.quote && atStart:
			inQuotes, atStart = true, false
		case c == '\n':
			return i + 1
		case c == '\r':
			if i+1 < len(b) && b[i+1] == '\n' {
				return i + 2
			}
			if i+1 == len(b) && !atEOF {
				return 0
			}
			return i + 1
		default:
			atStart = int(c) == d.delimiter || atStart && d.trim && c == ' '
		}
	}
	if atEOF {
		return len(b)
	}
	return 0
}
