package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"
)

// family is a file and the calls that are measured over it.
type family struct {
	name    string
	columns []string // `name TYPE`
	row     func(b []byte, r *rand.Rand, i int) []byte
	cases   []test
}

// test is one query: its expressions, one call each, all of one type. The query
// that is subtracted has the columns that the calls read.
type test struct {
	name  string
	typ   string
	reads string // columns, apart by ", "
	calls []string
}

// over writes a call over each of the columns: ? stands for the column.
func over(name, typ, call string, columns ...string) test {
	t := test{name: name, typ: typ, reads: strings.Join(columns, ", ")}
	for _, c := range columns {
		t.calls = append(t.calls, strings.ReplaceAll(call, "?", c))
	}
	return t
}

func texts(name, typ, call string) test { return over(name, typ, call, "a", "b", "c", "d") }

var (
	words = strings.Fields("amber breeze castle delta ember forest granite harbor island jungle kettle lantern meadow nectar orchid pepper quartz river summit timber umbra velvet willow yonder zephyr")
	names = strings.Fields("Zürich Kraków München Genève Málaga Łódź Århus Ålesund 東京 Łomża Vienna Oslo Bergen Lisbon Porto Graz Turin Basel Lyon Ghent")
)

// families are chosen for what scripts do: short and longer texts, some of them
// not ASCII; no NULLs.
var families = []family{
	{
		name:    "text",
		columns: []string{"a STRING", "b STRING", "c STRING", "d STRING"},
		row: func(b []byte, r *rand.Rand, i int) []byte {
			word := func() string { return words[r.IntN(len(words))] }
			b = fmt.Appendf(b, "%s-%d|", word(), r.IntN(1000))
			b = fmt.Appendf(b, "  %s %s %d,%s  |", strings.ToUpper(word()), word(), r.IntN(100), word())
			b = fmt.Appendf(b, "/shop/%s/%s?id=%d&ref=%s,%s,%s|", word(), word(), r.IntN(1e6), word(), word(), word())
			return fmt.Appendf(b, "%s, %s", names[r.IntN(len(names))], names[r.IntN(len(names))])
		},
		cases: []test{
			texts("UPPER", "STRING", "UPPER(?)"),
			texts("LOWER", "STRING", "LOWER(?)"),
			texts("INITCAP", "STRING", "INITCAP(?)"),
			texts("CHAR_LENGTH", "INT", "CHAR_LENGTH(?)"),
			texts("SUBSTRING", "STRING", "SUBSTRING(? FROM 3 FOR 6)"),
			texts("LEFT", "STRING", "LEFT(?, 5)"),
			texts("RIGHT", "STRING", "RIGHT(?, 5)"),
			texts("TRIM", "STRING", "TRIM(?)"),
			texts("LTRIM", "STRING", "LTRIM(?)"),
			texts("REPLACE", "STRING", "REPLACE(?, 'er', 'ER')"),
			texts("TRANSLATE", "STRING", "TRANSLATE(?, 'aeiou', '12345')"),
			texts("POSITION", "INT", "POSITION('am' IN ?)"),
			texts("LOCATE", "INT", "LOCATE('er', ?)"),
			texts("||", "STRING", "? || '/' || ?"),
			texts("CONCAT_WS", "STRING", "CONCAT_WS('-', ?, 'x', ?)"),
			texts("LPAD", "STRING", "LPAD(?, 24, '.')"),
			texts("RPAD", "STRING", "RPAD(?, 24, '.')"),
			texts("REPEAT", "STRING", "REPEAT(?, 2)"),
			texts("REVERSE", "STRING", "REVERSE(?)"),
			texts("OVERLAY", "STRING", "OVERLAY(? PLACING 'zz' FROM 2 FOR 2)"),
			texts("SPLIT_INDEX", "STRING", "SPLIT_INDEX(?, ',', 1)"),
			texts("STARTSWITH", "BOOLEAN", "STARTSWITH(?, '/shop')"),
			texts("ASCII", "INT", "ASCII(?)"),
			texts("= text", "BOOLEAN", "? = 'amber-7'"),
		},
	},
	{
		name:    "like",
		columns: []string{"a STRING", "b STRING", "c STRING", "d STRING"},
		row:     nil, // as text
		cases: []test{
			texts("LIKE 't%'", "BOOLEAN", "? LIKE 'am%'"),
			texts("LIKE '%t'", "BOOLEAN", "? LIKE '%er'"),
			texts("LIKE '%t%'", "BOOLEAN", "? LIKE '%er%'"),
			texts("LIKE 't%t%t'", "BOOLEAN", "? LIKE '/shop/%er%e%'"),
			texts("LIKE '_t%'", "BOOLEAN", "? LIKE '_m%e_'"),
			texts("NOT LIKE", "BOOLEAN", "? NOT LIKE '%zz%'"),
		},
	},
	{
		name:    "cast to text",
		columns: []string{"i INT", "l BIGINT", "x DOUBLE", "m DECIMAL(10, 2)", "w DECIMAL(30, 6)", "t TIMESTAMP(3)", "e DATE", "y BOOLEAN"},
		row: func(b []byte, r *rand.Rand, i int) []byte {
			t := moment(r)
			return fmt.Appendf(b, "%d|%d|%v|%d.%02d|%d%d.%06d|%s|%s|%v", r.IntN(2_000_000)-1_000_000, r.Int64N(1e15), r.Float64()*1000, r.IntN(1e6), r.IntN(100),
				r.IntN(1e6), 1e8+r.IntN(1e8), r.IntN(1e6), t.Format("2006-01-02 15:04:05.000"), t.Format("2006-01-02"), r.IntN(2) == 0)
		},
		cases: []test{
			{"INT → STRING", "STRING", "i", repeat("CAST(i + %d AS STRING)", 4)},
			{"BIGINT → STRING", "STRING", "l", repeat("CAST(l + %d AS STRING)", 4)},
			{"DOUBLE → STRING", "STRING", "x", repeat("CAST(x * %d AS STRING)", 4)},
			{"DECIMAL(10, 2) → STRING", "STRING", "m", repeat("CAST(m + %d AS STRING)", 4)},
			{"DECIMAL(30, 6) → STRING", "STRING", "w", repeat("CAST(w + %d AS STRING)", 4)},
			{"TIMESTAMP(3) → STRING", "STRING", "t", repeat("CAST(t + INTERVAL '%d' SECOND AS STRING)", 4)},
			{"DATE → STRING", "STRING", "e", repeat("CAST(e + INTERVAL '%d' DAY AS STRING)", 4)},
			{"BOOLEAN → STRING", "STRING", "i", repeat("CAST(i > %d AS STRING)", 4)},
		},
	},
	{
		name:    "cast from text",
		columns: []string{"g STRING", "h STRING", "i STRING", "l STRING", "x STRING", "m STRING", "t STRING", "u STRING", "e STRING", "y STRING", "z STRING"},
		row: func(b []byte, r *rand.Rand, i int) []byte {
			t, u := moment(r), moment(r)
			return fmt.Appendf(b, "%d|%d|%d|%d|%.6f|%d.%02d|%s|%s|%s|%v|%v", r.IntN(100), 1900+r.IntN(200), r.IntN(2_000_000)-1_000_000, r.Int64N(1e15),
				r.Float64()*1000, r.IntN(1e6), r.IntN(100), t.Format("2006-01-02 15:04:05.000"), u.Format("2006-01-02 15:04:05"), t.Format("2006-01-02"), r.IntN(2) == 0, r.IntN(2) == 0)
		},
		cases: []test{
			over("STRING → INT", "INT", "CAST(? AS INT)", "g", "h", "i"),
			over("STRING → BIGINT", "BIGINT", "CAST(? AS BIGINT)", "g", "h", "i", "l"),
			over("STRING → DOUBLE", "DOUBLE", "CAST(? AS DOUBLE)", "h", "i", "x", "m"),
			over("STRING → DECIMAL(10, 2)", "DECIMAL(10, 2)", "CAST(? AS DECIMAL(10, 2))", "h", "i", "x", "m"),
			over("STRING → DECIMAL(30, 6)", "DECIMAL(30, 6)", "CAST(? AS DECIMAL(30, 6))", "h", "i", "x", "m"),
			over("STRING → TIMESTAMP(3)", "TIMESTAMP(3)", "CAST(? AS TIMESTAMP(3))", "t", "u", "e"),
			over("STRING → DATE", "DATE", "CAST(? AS DATE)", "t", "u", "e"),
			over("STRING → BOOLEAN", "BOOLEAN", "CAST(? AS BOOLEAN)", "y", "z"),
			over("TRY_CAST STRING → INT", "INT", "TRY_CAST(? AS INT)", "g", "h", "i", "l"),
		},
	},
	{
		name:    "time",
		columns: []string{"t TIMESTAMP(3)", "u TIMESTAMP(3)", "s STRING", "e DATE", "n BIGINT"},
		row: func(b []byte, r *rand.Rand, i int) []byte {
			t, u := moment(r), moment(r)
			return fmt.Appendf(b, "%s|%s|%s|%s|%d", t.Format("2006-01-02 15:04:05.000"), u.Format("2006-01-02 15:04:05.000"), t.Format("2006-01-02 15:04:05"), u.Format("2006-01-02"), u.Unix())
		},
		cases: []test{
			{"EXTRACT from a date", "BIGINT", "t", each("EXTRACT(%s FROM t)", "YEAR", "MONTH", "DAY", "QUARTER", "DOW", "DOY", "WEEK", "ISODOW")},
			{"EXTRACT from a time", "BIGINT", "t, u", append(each("EXTRACT(%s FROM t)", "HOUR", "MINUTE", "SECOND", "EPOCH"), each("EXTRACT(%s FROM u)", "HOUR", "MINUTE", "SECOND", "EPOCH")...)},
			{"FLOOR to a time", "TIMESTAMP(3)", "t, u", append(each("FLOOR(t TO %s)", "SECOND", "MINUTE", "HOUR", "DAY"), each("FLOOR(u TO %s)", "SECOND", "MINUTE", "HOUR", "DAY")...)},
			{"FLOOR to a date", "TIMESTAMP(3)", "t, u", append(each("FLOOR(t TO %s)", "WEEK", "MONTH", "QUARTER", "YEAR"), each("FLOOR(u TO %s)", "WEEK", "MONTH", "QUARTER", "YEAR")...)},
			{"CEIL", "TIMESTAMP(3)", "t, u", append(each("CEIL(t TO %s)", "MINUTE", "HOUR", "DAY", "MONTH"), each("CEIL(u TO %s)", "MINUTE", "HOUR", "DAY", "MONTH")...)},
			{"TIMESTAMPADD", "TIMESTAMP(3)", "t, u", append(each("TIMESTAMPADD(%s, 3, t)", "SECOND", "HOUR", "DAY", "MONTH"), each("TIMESTAMPADD(%s, 3, u)", "SECOND", "HOUR", "DAY", "MONTH")...)},
			{"+ INTERVAL", "TIMESTAMP(3)", "t, u", append(each("t + INTERVAL '7' %s", "SECOND", "HOUR", "DAY", "MONTH"), each("u - INTERVAL '7' %s", "SECOND", "HOUR", "DAY", "MONTH")...)},
			{"TIMESTAMPDIFF", "INT", "t, u", append(each("TIMESTAMPDIFF(%s, t, u)", "SECOND", "HOUR", "DAY", "MONTH"), each("TIMESTAMPDIFF(%s, u, t)", "SECOND", "HOUR", "DAY", "MONTH")...)},
			{"DATE_FORMAT of a timestamp", "STRING", "t, u", []string{"DATE_FORMAT(t, 'yyyy-MM-dd')", "DATE_FORMAT(u, 'yyyy-MM-dd HH:mm:ss')", "DATE_FORMAT(u, 'yyyyMMdd-HH')"}},
			{"DATE_FORMAT of a text", "STRING", "s", []string{"DATE_FORMAT(s, 'yyyy-MM-dd')", "DATE_FORMAT(s, 'HH:mm')"}},
			{"FROM_UNIXTIME", "STRING", "n", []string{"FROM_UNIXTIME(n)", "FROM_UNIXTIME(n, 'yyyy/MM/dd')"}},
			{"UNIX_TIMESTAMP", "BIGINT", "s", []string{"UNIX_TIMESTAMP(s)", "UNIX_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss')"}},
			{"TO_TIMESTAMP", "TIMESTAMP(3)", "s", []string{"TO_TIMESTAMP(s)", "TO_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss')"}},
			{"TO_DATE", "DATE", "s", []string{"TO_DATE(s)", "TO_DATE(s, 'yyyy-MM-dd')"}},
			{"TO_TIMESTAMP_LTZ", "TIMESTAMP_LTZ(3)", "n", []string{"TO_TIMESTAMP_LTZ(n, 0)", "TO_TIMESTAMP_LTZ(n, 3)", "TO_TIMESTAMP_LTZ(n + 1, 0)", "TO_TIMESTAMP_LTZ(n + 2, 3)"}},
		},
	},
	{
		name:    "json",
		columns: []string{"j STRING"},
		row: func(b []byte, r *rand.Rand, i int) []byte {
			return fmt.Appendf(b, `{"id":%d,"user":{"name":"%s","age":%d},"amount":%d.%02d,"ok":%v,"tags":["%s","%s"],"url":"/shop/%s?q=%d","note":"%s \"%s\""}`,
				i, words[r.IntN(len(words))], r.IntN(80), r.IntN(10000), r.IntN(100), r.IntN(2) == 0, words[r.IntN(len(words))], words[r.IntN(len(words))],
				words[r.IntN(len(words))], r.IntN(1000), names[r.IntN(len(names))], words[r.IntN(len(words))])
		},
		cases: []test{
			{"JSON_VALUE", "STRING", "j", each("JSON_VALUE(j, '%s')", "$.id", "$.user.name", "$.tags[1]", "$.note", "lax $.none")},
			{"JSON_VALUE RETURNING INT", "INT", "j", each("JSON_VALUE(j, '%s' RETURNING INT)", "$.id", "$.user.age")},
			{"JSON_EXISTS", "BOOLEAN", "j", each("JSON_EXISTS(j, '%s')", "$.user.age", "$.tags[5]", "$.none")},
			{"JSON_QUERY", "STRING", "j", each("JSON_QUERY(j, '%s')", "$.user", "$.tags")},
		},
	},
}

func init() {
	for i := range families {
		if families[i].row == nil {
			families[i].row = families[i-1].row
		}
	}
}

// each writes a call for each of some words.
func each(call string, words ...string) []string {
	var calls []string
	for _, w := range words {
		calls = append(calls, fmt.Sprintf(call, w))
	}
	return calls
}

// repeat writes a call n times with another number each, so that no engine takes
// two for one.
func repeat(call string, n int) []string {
	var calls []string
	for i := range n {
		calls = append(calls, fmt.Sprintf(call, i+1))
	}
	return calls
}

func moment(r *rand.Rand) time.Time {
	return time.UnixMilli(1_500_000_000_000 + r.Int64N(300_000_000_000)).UTC()
}

// write makes the family's file: fields between bars, nothing quoted.
func (f family) write(path string, rows int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for i := range rows {
		b = append(f.row(b[:0], r, i), '\n')
		if _, err := w.Write(b); err != nil {
			file.Close()
			return err
		}
	}
	if err := w.Flush(); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// tables is the DDL of the source and of a sink for each query.
func (f family) tables(path string) string {
	text := fmt.Sprintf("CREATE TABLE source (%s) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv',\n"+
		"  'csv.field-delimiter' = '|', 'csv.disable-quote-character' = 'true');\n", strings.Join(f.columns, ", "), path)
	sink := func(name string, columns []string) {
		text += fmt.Sprintf("CREATE TABLE %s (%s) WITH ('connector' = 'blackhole');\n", name, strings.Join(columns, ", "))
	}
	for i, reads := range f.plain() {
		var columns []string
		for _, c := range f.columns {
			if slices.Contains(strings.Split(reads, ", "), c[:1]) {
				columns = append(columns, c)
			}
		}
		sink(fmt.Sprintf("plain%d", i), columns)
	}
	for i, t := range f.cases {
		var columns []string
		for k := range t.calls {
			columns = append(columns, fmt.Sprintf("c%d %s", k, t.typ))
		}
		sink(fmt.Sprintf("sink%d", i), columns)
	}
	return text
}

// plain are the different sets of columns that cases read.
func (f family) plain() []string {
	var sets []string
	for _, t := range f.cases {
		if !slices.Contains(sets, t.reads) {
			sets = append(sets, t.reads)
		}
	}
	return sets
}

// queries are the statements: first those of plain columns, then the cases.
func (f family) queries() []string {
	var list []string
	for i, reads := range f.plain() {
		list = append(list, fmt.Sprintf("INSERT INTO plain%d SELECT %s FROM source;\n", i, reads))
	}
	for i, t := range f.cases {
		list = append(list, fmt.Sprintf("INSERT INTO sink%d SELECT %s FROM source;\n", i, strings.Join(t.calls, ", ")))
	}
	return list
}
