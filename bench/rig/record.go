package rig

import (
	"fmt"
	"strconv"
)

// RecordSize is the size of a record's value in bytes.
const RecordSize = 200

// Columns is a record's schema in SQL.
const Columns = "id BIGINT, categoryId INT, subCategoryId BIGINT, title STRING, createdAt BIGINT, createdTS TIMESTAMP(3), padding STRING"

// ColumnNames are the same without types.
const ColumnNames = "id, categoryId, subCategoryId, title, createdAt, createdTS, padding"

const zeros = "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"

// AppendRecord appends the JSON object of an id, made at a time in nanoseconds.
func AppendRecord(b []byte, id, nanos int64) []byte {
	from := len(b)
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(b, `,"categoryId":`...)
	b = strconv.AppendInt(b, id%97, 10)
	b = append(b, `,"subCategoryId":`...)
	b = strconv.AppendInt(b, id%9973, 10)
	b = append(b, `,"title":"item `...)
	b = strconv.AppendInt(b, id%1000003, 10)
	b = append(b, `","createdAt":`...)
	b = strconv.AppendInt(b, nanos, 10)
	b = append(b, `,"createdTS":"2026-01-02 `...)
	second := id % 86400
	b = two(b, second/3600)
	b = append(b, ':')
	b = two(b, second/60%60)
	b = append(b, ':')
	b = two(b, second%60)
	b = append(b, `.250","padding":"`...)
	n := RecordSize - (len(b) - from) - len(`"}`)
	return append(append(b, zeros[:n]...), `"}`...)
}

func two(b []byte, n int64) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// Record is a record with typed fields, as a program without an engine would have
// it. Strings are as in the JSON: the load has no escapes.
type Record struct {
	ID, CategoryID, SubCategoryID, CreatedAt int64
	Title, CreatedTS, Padding                []byte
}

// Parse reads a JSON object with these fields in any order, and no others.
func (r *Record) Parse(b []byte) error {
	s := scanner{b: b}
	if !s.take('{') {
		return s.fail()
	}
	for {
		key, ok := s.text()
		if !ok || !s.take(':') {
			return s.fail()
		}
		switch string(key) {
		case "id":
			r.ID, ok = s.integer()
		case "categoryId":
			r.CategoryID, ok = s.integer()
		case "subCategoryId":
			r.SubCategoryID, ok = s.integer()
		case "createdAt":
			r.CreatedAt, ok = s.integer()
		case "title":
			r.Title, ok = s.text()
		case "createdTS":
			r.CreatedTS, ok = s.text()
		case "padding":
			r.Padding, ok = s.text()
		default:
			ok = false
		}
		switch {
		case !ok:
			return s.fail()
		case s.take(','):
		case s.take('}'):
			return nil
		default:
			return s.fail()
		}
	}
}

// Append writes the JSON object.
func (r *Record) Append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), r.ID, 10)
	b = strconv.AppendInt(append(b, `,"categoryId":`...), r.CategoryID, 10)
	b = strconv.AppendInt(append(b, `,"subCategoryId":`...), r.SubCategoryID, 10)
	b = append(append(b, `,"title":"`...), r.Title...)
	b = strconv.AppendInt(append(b, `","createdAt":`...), r.CreatedAt, 10)
	b = append(append(b, `,"createdTS":"`...), r.CreatedTS...)
	b = append(append(b, `","padding":"`...), r.Padding...)
	return append(b, `"}`...)
}

// scanner walks over one JSON object. It jumps over white space before a token.
type scanner struct {
	b  []byte
	at int
}

func (s *scanner) fail() error { return fmt.Errorf("not a record, at byte %d: %.200s", s.at, s.b) }

func (s *scanner) space() {
	for s.at < len(s.b) && s.b[s.at] <= ' ' {
		s.at++
	}
}

func (s *scanner) take(c byte) bool {
	s.space()
	if s.at < len(s.b) && s.b[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for i := s.at; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			t := s.b[s.at:i]
			s.at = i + 1
			return t, true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) integer() (int64, bool) {
	negative := s.take('-')
	s.space()
	from, n := s.at, int64(0)
	for s.at < len(s.b) && s.b[s.at]-'0' <= 9 {
		n = n*10 + int64(s.b[s.at]-'0')
		s.at++
	}
	if negative {
		n = -n
	}
	return n, s.at > from
}
