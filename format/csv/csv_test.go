package csv

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func columns(t testing.TB, text string) []format.Column {
	t.Helper()
	row, err := types.Parse("ROW<" + text + ">")
	if err != nil {
		t.Fatal(err)
	}
	var out []format.Column
	for _, f := range row.Fields {
		out = append(out, format.Column{Name: f.Name, Type: f.Type})
	}
	return out
}

// pick returns the columns of the given names.
func pick(all []format.Column, names string) []format.Column {
	var out []format.Column
	for _, n := range strings.Fields(names) {
		for _, c := range all {
			if c.Name == n {
				out = append(out, c)
			}
		}
	}
	return out
}

func batchOf(cols []format.Column) *vector.Batch {
	ts := make([]types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	return vector.NewBatch(ts, 4)
}

func show(t testing.TB, b *vector.Batch) string {
	t.Helper()
	var out []string
	for i := range b.Len() {
		var cells []string
		for _, c := range b.Cols {
			if c.Len() != b.Len() {
				t.Fatalf("a column has %d rows, the batch %d", c.Len(), b.Len())
			}
			cells = append(cells, string(vector.AppendText(nil, c, i, types.UTC)))
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n")
}

func options(kv ...string) option.Set {
	o := option.Set{}
	for i := 0; i < len(kv); i += 2 {
		o[kv[i]] = kv[i+1]
	}
	return o
}

// decodeMessages decodes messages one by one, as from Kafka.
func decodeMessages(t testing.TB, o option.Set, all, cols []format.Column, messages ...string) (string, error) {
	t.Helper()
	fd, err := newDecoder(o, cols, format.Env{All: all})
	if err != nil {
		return "", err
	}
	b := batchOf(cols)
	base := []byte(strings.Join(messages, ""))
	fd.Begin(b, base, false)
	off := 0
	for _, m := range messages {
		n, err := fd.Decode(uint32(off), uint32(len(m)))
		b.SetLen(b.Len() + n)
		if err != nil {
			return show(t, b), err
		}
		off += len(m)
	}
	return show(t, b), nil
}

// decodeFile decodes a file that arrives in chunks of size bytes.
func decodeFile(t testing.TB, o option.Set, all, cols []format.Column, file string, size int) (string, error) {
	t.Helper()
	fd, err := newDecoder(o, cols, format.Env{All: all})
	if err != nil {
		return "", err
	}
	framer := fd.(format.Framer)
	b := batchOf(cols)
	buf := []byte(file)
	fd.Begin(b, buf, false)
	pos, end := 0, min(size, len(buf))
	for {
		advance, s, e, err := framer.Frame(buf[pos:end], end == len(buf))
		if err != nil {
			return show(t, b), err
		}
		if advance == 0 {
			if end == len(buf) {
				if pos != end {
					t.Fatalf("%d bytes of the file are left", end-pos)
				}
				return show(t, b), nil
			}
			end = min(end+size, len(buf))
			continue
		}
		if s < 0 || e < s || e > advance || advance > end-pos {
			t.Fatalf("frame of %d bytes: %d, %d, %d", end-pos, advance, s, e)
		}
		if e > s {
			n, err := fd.Decode(uint32(pos+s), uint32(e-s))
			b.SetLen(b.Len() + n)
			if err != nil {
				return show(t, b), err
			}
		}
		pos += advance
	}
}

// What Flink answered for the same files.
func TestDecode(t *testing.T) {
	const two = "`id` INT, `n` STRING"
	arrays := "`a` ARRAY<INT>, `b` ROW<`x` STRING, `y` INT>, `c` ARRAY<STRING>"
	scalars := "`b` BOOLEAN, `t` TINYINT, `f` FLOAT, `d` DECIMAL(4, 2), `dt` DATE, `ti` TIME(0), `ts` TIMESTAMP(3), `lz` TIMESTAMP_LTZ(3), `y` BYTES, `db` DOUBLE"
	tests := []struct {
		name, columns, file string
		options             option.Set
		want, err           string
	}{
		{"too few", two, "1,a\n2\n", nil, "1|a", "the record has 1 fields, fewer than the table's 2 columns"},
		{"too many", two, "1,a\n3,c,extra\n", nil, "1|a", "the record has 3 fields, more than the table's 2 columns"},
		{"two delimiters behind", two, "1,a,,\n", nil, "", "4 fields"},
		{"ignoring", two, "1,a\n2\n3,c,extra\n4,d,\n\n5,e\n", options("ignore-parse-errors", "true"), "1|a\n2|NULL\n4|d\nNULL|NULL\n5|e", ""},
		{"ignoring, but all columns", two, "1,a\n2\n5,e\n", options("ignore-parse-errors", "true", "fail-on-missing-columns", "true"), "1|a\n5|e", ""},
		{"delimiter behind", two, "4,d,\n", nil, "4|d", ""},
		{"delimiter behind, counted", two, "4,d,\n", options("allow-trailing-comma", "false"), "", "3 fields"},
		{"more ignored", two, "1,a,b,c\n2,\"x\",\"y\",z\n", options("ignore-trailing-unmappable", "true"), "1|a\n2|x", ""},
		{"blank line", two, "1,a\n\n5,e\n", nil, "1|a", `field "id": "" is not a INT`},
		{"blank line, one column", "`n` STRING", "a\n\nb", nil, "a\n\nb", ""},
		{"blanks and quotes", two, " 1 ,  x \n2,\"y\"  \n3, \"z\"\n4,a\"b\n5,\"a\"\"b\"\n+6,-\n007,#x\n", nil, "1|  x \n2|y\n3| \"z\"\n4|a\"b\n5|a\"b\n6|-\n7|#x", ""},
		{"trimmed", two, " 1 ,  x \n2, \" y \" \n", options("trim-spaces", "true"), "1|x\n2| y ", ""},
		{"no quotes", "`a` STRING, `b` STRING", " 1 ,  x \n2,\"y\"  \n5,\"a\"\"b\"\n", options("disable-quote-character", "true"), " 1 |  x \n2|\"y\"  \n5|\"a\"\"b\"", ""},
		{"behind a quote", two, "1,\"ab\"cd\n", nil, "", `behind a closing quote stands "cd`},
		{"open quote", two, "1,\"abc\n2,x\n", nil, "", `the closing quote of "\"abc`},
		{"lines in quotes", two, "1,\"a\nb\r\nc\"\n2,d", nil, "1|a\nb\r\nc\n2|d", ""},
		{"comments", "`a` STRING, `b` STRING", "#c,\"1\n1,a\n # no,2\n2,b#c\n#end", options("allow-comments", "true"), "1|a\n2|b#c", ""},
		{"no comments", "`a` STRING, `b` STRING", "#c,1\n", nil, "#c|1", ""},
		{"escapes", "`a` STRING, `b` STRING", "a\\,b,c\n\"x\\\"y\",z\nq\\nr\\0,\\t\n\\\n,x\n", options("escape-character", "\\"), "a,b|c\nx\"y|z\nq\nr\x00|\t\n\n|x", ""},
		{"scalars", scalars, "true,1,1.5,12.345,2020-1-2,10:11,2020-01-02 03:04:05.5,2020-01-02 03:04:05.5Z,aGk=,1e3\n", nil,
			"TRUE|1|1.5|12.35|2020-01-02|10:11:00|2020-01-02 03:04:05.500|2020-01-02 03:04:05.500|x'6869'|1000.0", ""},
		{"odd scalars", scalars, " True ,-128,NaN,123.4,2020-02-31,10:11:12.999, 2020-02-31 24:00:00 ,2020-01-02 03:04:05Z,,-Infinity\n", nil,
			"TRUE|-128|NaN|NULL|2020-03-02|10:11:12|2020-03-01 00:00:00.000|2020-01-02 03:04:05.000|x''|-Infinity", ""},
		{"no number", "`a` INT", "1.5\n", nil, "", `field "a": "1.5" is not a INT`},
		{"nothing for INT", two, ",x\n", nil, "", `field "id": "" is not a INT`},
		{"out of range", "`a` TINYINT", "128\n", nil, "", `"128" is not a TINYINT`},
		{"blank before DECIMAL", "`a` DECIMAL(5, 2)", " 1.5\n", nil, "", `" 1.5" is not a DECIMAL(5, 2)`},
		{"blank before DATE", "`a` DATE", " 2020-01-02\n", nil, "", "is not a DATE"},
		{"T in TIMESTAMP", "`a` TIMESTAMP(3)", "2020-01-02T03:04:05\n", nil, "", "is not a TIMESTAMP(3)"},
		{"date for TIMESTAMP", "`a` TIMESTAMP(3)", "2020-01-02\n", nil, "", "is not a TIMESTAMP(3)"},
		{"null literal", "`a` STRING, `b` INT", "\"n/a\",n/a\nx,1\n", options("null-literal", "n/a"), "NULL|NULL\nx|1", ""},
		{"empty null literal", two, ",x\n1,\n", options("null-literal", ""), "NULL|x\n1|NULL", ""},
		{"empty as null", two, ",x\n1,\"\"\n", options("empty-string-as-null", "true"), "NULL|x\n1|NULL", ""},
		{"line ends", "`a` INT", "1\r\n2\r\n3\r4", nil, "1\n2\n3\n4", ""},
		{"byte order mark", two, "\xef\xbb\xbf1,a\n", nil, "1|a", ""},
		{"arrays", arrays, "1;2;3,a;7,x;;y\n,,\n", nil, "[1, 2, 3]|(a, 7)|[x, , y]\n[]|NULL|[]", ""},
		{"short nested row", arrays, "5,b,\n", nil, "", `field "b": "b" has 1 fields, a ROW`},
		{"bad element", arrays, "1;x,a;1,\n", nil, "", `field "a": "x" is not a INT`},
		{"arrays, ignoring", arrays, "1;2;3,a;7,x;;y\n,,\n5,b,\n;,c;8;9,NULL;z\n1;x,y;y,\n", options("ignore-parse-errors", "true", "null-literal", "NULL"),
			"[1, 2, 3]|(a, 7)|[x, , y]\n[]|NULL|[]\n[5]|(b, NULL)|[]\n[NULL, NULL]|(c, 8)|[NULL, z]\n[1, NULL]|(y, NULL)|[]", ""},
		{"pipes and single quotes", "`a` INT, `b` STRING, `c` DOUBLE", "1|'a|b'|1.5\n2|NULL|2\n3|it\\'s|2.25\n", options("field-delimiter", "|", "quote-character", "'", "null-literal", "NULL", "escape-character", "\\"),
			"1|a|b|1.5\n2|NULL|2.0\n3|it's|2.25", ""},
		{"tab", "`a` INT, `b` STRING", "1\t\"x\ty\"\t\n", options("field-delimiter", `\t`), "1|x\ty", ""},
		{"control character", "`a` INT, `b` STRING", "1\x01b\n", options("field-delimiter", "\\u0001"), "1|b", ""},
		{"other array delimiter", "`a` INT, `b` ARRAY<STRING>", "1,Ada\n", options("array-element-delimiter", "a"), "1|[Ad, ]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := columns(t, tt.columns)
			o := tt.options
			if o == nil {
				o = option.Set{}
			}
			for _, size := range []int{1, 7, 1 << 20} {
				got, err := decodeFile(t, o, all, all, tt.file, size)
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
					t.Fatalf("in chunks of %d: got %q and the error %v, want the error %q", size, got, err, tt.err)
				}
				if got != tt.want {
					t.Errorf("in chunks of %d: got %q, want %q", size, got, tt.want)
				}
			}
		})
	}
}

func TestProjection(t *testing.T) {
	all := columns(t, "`a` INT, `b` STRING, `c` DOUBLE, `d` STRING")
	rows := "1,x,1.5,p\n2,\"y\",bad,\"q,q\"\n"
	for names, want := range map[string]string{
		"a": "1\n2", "d a": "p|1\nq,q|2", "b": "x\ny", "": "\n", "b d": "x|p\ny|q,q",
	} {
		got, err := decodeFile(t, option.Set{}, all, pick(all, names), rows, 1<<20)
		if err != nil || got != want {
			t.Errorf("columns %q: got %q, %v; want %q", names, got, err, want)
		}
	}
	// A file's short records do not matter if only some columns are wanted; in
	// messages they do, and records that are too long do everywhere.
	got, err := decodeFile(t, option.Set{}, all, pick(all, "c"), "1,a\n1,b,2,c\n1\n", 1<<20)
	if err != nil || got != "NULL\n2.0\nNULL" {
		t.Errorf("short records in a file: got %q, %v", got, err)
	}
	if got, err := decodeMessages(t, option.Set{}, all, pick(all, "c"), "1,a"); err == nil {
		t.Errorf("a short message: got %q", got)
	}
	for _, file := range []string{"1,x,2,y,z\n", "1,x,2,y,\"z\"\n", "1,x,2,y,,\n"} {
		if got, err := decodeFile(t, option.Set{}, all, pick(all, "a"), file, 1<<20); err == nil {
			t.Errorf("a long record: got %q", got)
		}
	}
}

func TestMessages(t *testing.T) {
	all := columns(t, "`a` INT, `b` STRING")
	got, err := decodeMessages(t, option.Set{}, all, all, "1,x", "2,\"y\nz\"\n", "3,w\n4,v")
	if want := "1|x\n2|y\nz\n3|w"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for _, m := range []string{"", "1", "x,y", "1,\"y", "1,2,3"} {
		if got, err := decodeMessages(t, option.Set{}, all, all, "1,x", m); err == nil || got != "1|x" {
			t.Errorf("%q: got %q, %v", m, got, err)
		}
	}
	got, err = decodeMessages(t, options("ignore-parse-errors", "true"), all, all, "", "1", "x,y", "1,\"y", "1,2,3", "7,z")
	if want := "1|NULL\nNULL|y\n7|z"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// TestNeighbours decodes messages side by side in one base: what a message is
// does not depend on those around it, nor on what lies between them.
func TestNeighbours(t *testing.T) {
	cols := columns(t, "`n` BIGINT, `s` STRING, `at` TIMESTAMP(3)")
	kinds := []string{"1,a,2020-01-02 03:04:05.678", `2,"a,""b",2020-01-02 03:04:05`, "3,a b c d e f g h i j k l,2020-01-02 03:04:05.678\n", "4,,2021-01-02 03:04:05.678\r\n5,", "6,\"x\ny\",2022-12-31 23:59:59.999"}
	r := rand.New(rand.NewPCG(3, 4))
	for _, o := range []option.Set{{}, options("disable-quote-character", "true"), options("quote-character", "'"), options("escape-character", "\\")} {
		var alone []string
		for _, m := range kinds {
			row, err := decodeMessages(t, o, cols, cols, m)
			if err != nil {
				row = "refused"
			}
			alone = append(alone, row)
		}
		for range 200 {
			var base []byte
			var places [][2]int
			var want []string
			for range 30 {
				k := 0
				if r.IntN(4) == 0 {
					k = r.IntN(len(kinds))
				}
				base = append(base, []string{"", "", "\"", "key\n"}[r.IntN(4)]...)
				places = append(places, [2]int{len(base), len(kinds[k])})
				base = append(base, kinds[k]...)
				want = append(want, alone[k])
			}
			d, err := newDecoder(o, cols, format.Env{})
			if err != nil {
				t.Fatal(err)
			}
			out := batchOf(cols)
			d.Begin(out, base, true)
			for i, p := range places {
				if r.IntN(8) == 0 { // once more, and a step back
					i = r.IntN(i + 1)
					p = places[i]
				}
				rows := out.Cols[0].Len()
				got := "refused"
				if n, err := d.Decode(uint32(p[0]), uint32(p[1])); err == nil {
					out.SetLen(rows + n)
					var cells []string
					for _, c := range out.Cols {
						cells = append(cells, string(vector.AppendText(nil, c, rows, types.UTC)))
					}
					got = strings.Join(cells, "|")
				}
				if got != want[i] {
					t.Fatalf("%v: %q of %q is %q, alone %q", o, base[p[0]:p[0]+p[1]], base, got, want[i])
				}
			}
		}
	}
}

func TestOptionErrors(t *testing.T) {
	all := columns(t, "`a` STRING")
	for _, o := range []option.Set{
		options("field-delimiter", ";;"), options("field-delimiter", ""), options("field-delimiter", "§"), options("quote-character", "xx"),
		options("escape-character", `\\`), options("array-element-delimiter", "::"), options("disable-quote-character", "true", "quote-character", "x"),
	} {
		if _, err := newDecoder(o, all, format.Env{}); err == nil {
			t.Errorf("%v passes", o)
		}
		if _, err := newEncoder(o, all, format.Env{}); err == nil {
			t.Errorf("%v passes for writing", o)
		}
	}
	for _, c := range []string{"`a` MAP<STRING, STRING>", "`a` MULTISET<STRING>", "`a` ARRAY<ARRAY<INT>>", "`a` ROW<`x` ARRAY<INT>>", "`a` VARIANT"} {
		if _, err := newDecoder(option.Set{}, columns(t, c), format.Env{}); err == nil {
			t.Errorf("%s can be read", c)
		}
		if _, err := newEncoder(option.Set{}, columns(t, c), format.Env{}); err == nil {
			t.Errorf("%s can be written", c)
		}
	}
}

// encodeAll decodes records of the form that vector text has no parser for,
// from tab-separated fields, and writes them again.
func encodeAll(t testing.TB, o option.Set, cols []format.Column, records ...string) []string {
	t.Helper()
	in := options("field-delimiter", `\t`, "disable-quote-character", "true", "null-literal", "NULL", "array-element-delimiter", "^")
	d, err := newDecoder(in, cols, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEncoder(o, cols, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records {
		b := batchOf(cols)
		d.Begin(b, []byte(r), false)
		n, err := d.Decode(0, uint32(len(r)))
		if err != nil {
			t.Fatal(err)
		}
		b.SetLen(n)
		if err := e.Begin(b); err != nil {
			t.Fatal(err)
		}
		text, skip, err := e.Encode(nil, 0)
		if err != nil || skip {
			t.Fatal(skip, err)
		}
		out = append(out, string(text))
	}
	return out
}

// What Flink wrote for the same rows.
func TestEncode(t *testing.T) {
	types := "`a` STRING, `b` INT, `c` DOUBLE, `d` DECIMAL(20, 10), `e` BOOLEAN, `f` TIMESTAMP(3), `g` DATE, `h` TIME(0), `i` BYTES, `j` ARRAY<STRING>, `k` ROW<`x` INT, `y` STRING>, `l` TIMESTAMP_LTZ(3), `m` FLOAT"
	single := "`a` STRING"
	tests := []struct {
		columns, record string
		options         option.Set
		want            string
	}{
		{types, "plain\t1\t1e10\t0.0000000001\ttrue\t2020-01-02 03:04:05\t2020-01-02\t03:04:05\tAQL7/w==\ta^b c\t1^z\t2020-01-02 03:04:05.120Z\t0.1", nil,
			`plain,1,1.0E10,1E-10,true,"2020-01-02 03:04:05",2020-01-02,03:04:05,AQL7/w==,"a;b c",1;z,"2020-01-02 03:04:05.12Z",0.1`},
		{types, "with space\tNULL\t1.5\t123.456\tfalse\t2020-01-02 03:04:05.100\t0001-01-02\t03:04:00\t\ta,b^NULL\tNULL^q\"q\tNULL\tNULL", nil,
			`"with space",,1.5,123.456,false,"2020-01-02 03:04:05.1",0001-01-02,03:04:00,,"a,b;",";q""q",,`},
		{single, "a\"b", nil, `"a""b"`}, {single, "a,b", nil, `"a,b"`}, {single, "abcdefghijklmnopqrstuvwx", nil, "abcdefghijklmnopqrstuvwx"},
		{single, "abcdefghijklmnopqrstuvwxy", nil, `"abcdefghijklmnopqrstuvwxy"`}, {single, "a-b.c", nil, "a-b.c"}, {single, "a+b", nil, `"a+b"`},
		{single, "#x", nil, `"#x"`}, {single, `é\x`, nil, `"é\x"`}, {single, "a'b", nil, `"a'b"`}, {single, "a/b", nil, "a/b"}, {single, "a`b{|}", nil, "a`b{|}"},
		{single, "éééééééééééééééééééééééé", nil, "éééééééééééééééééééééééé"}, {single, "😀😀😀😀😀😀😀😀😀😀😀😀😀", nil, `"😀😀😀😀😀😀😀😀😀😀😀😀😀"`},
		{single, "😀😀😀😀😀😀😀😀😀😀😀😀", nil, "😀😀😀😀😀😀😀😀😀😀😀😀"}, {single, "NULL", options("null-literal", "n/a"), "n/a"},
		{"`a` STRING, `b` STRING", "a b\tc,d", options("field-delimiter", `\t`), "\"a b\"\tc,d"}, {"`a` STRING, `b` STRING", "x\t\"", options("field-delimiter", `\t`), "x\t\"\"\"\""},
		{"`a` STRING, `b` STRING", "a,b\tx \"y\"", options("disable-quote-character", "true"), `a,b,x "y"`},
		{"`d` DECIMAL(20, 10), `e` DECIMAL(38, 0)", "1200\t100", nil, "1.2E+3,1E+2"}, {"`d` DECIMAL(20, 10), `e` DECIMAL(38, 0)", "1200\t100", options("write-bigdecimal-in-scientific-notation", "false"), "1200,100"},
	}
	pipes := options("escape-character", `\`, "null-literal", "n/a", "field-delimiter", "|", "quote-character", "'", "array-element-delimiter", ":", "write-bigdecimal-in-scientific-notation", "false")
	for record, want := range map[string]string{
		"a'b\tx\\y\tp^NULL^q r": `'a''b'|'x\\y'|'p:n/a:q r'`, "a|b\tNULL\tx": `'a|b'|n/a|'x'`, "n/a\t\tn/a": `'n/a'||'n/a'`, "a b{\tit's \"q\"\t": `'a b{'|'it''s "q"'|`,
		"z\\\t~\t:": `'z\\'|~|':'`, "|\\'x\t~\ta|b": `'|\\''x'|~|'a|b'`,
	} {
		tests = append(tests, struct {
			columns, record string
			options         option.Set
			want            string
		}{"`a` STRING, `b` STRING, `j` ARRAY<STRING>", record, pipes, want})
	}
	for _, tt := range tests {
		o := tt.options
		if o == nil {
			o = option.Set{}
		}
		if got := encodeAll(t, o, columns(t, tt.columns), tt.record); got[0] != tt.want {
			t.Errorf("%q is written %s, want %s", tt.record, got[0], tt.want)
		}
	}
}

// Whatever is written is read back, with quotes and with escapes alone.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"plain", "a,b", "a\"b", "line\nline", "\r", "\\", "", " x ", "it's; ok", "\xff\x00"} {
		f.Add(s, s, int64(-5))
	}
	f.Fuzz(func(t *testing.T, a, b string, n int64) {
		cols := columns(t, "`a` STRING, `n` BIGINT, `b` STRING")
		for _, o := range []option.Set{
			{}, options("escape-character", "\\"), options("quote-character", "'", "field-delimiter", "|"), options("disable-quote-character", "true", "escape-character", "\\"),
		} {
			in := batchOf(cols)
			in.Cols[0].AppendString(a)
			vector.Append(in.Cols[1], n)
			in.Cols[2].AppendString(b)
			in.SetLen(1)
			e, err := newEncoder(o, cols, format.Env{})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Begin(in); err != nil {
				t.Fatal(err)
			}
			text, _, err := e.Encode(nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(string(text), "\xef\xbb\xbf") {
				return // a byte order mark to the reader
			}
			want := fmt.Sprintf("%s|%d|%s", a, n, b)
			if got, err := decodeFile(t, o, cols, cols, string(text)+"\n", 3); err != nil || got != want {
				t.Fatalf("%v: %q was written %q and read as %q, %v", o, want, text, got, err)
			}
		}
	})
}

// No file makes the decoder panic, and the way it is cut into chunks does not
// matter.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"1,a,2020-01-02,1;2,x;3\n", "\"1\",\"a\nb\",,,\r\n#c\n", "1,\"a\"\"b\" ,x", "\\,\\n,\r\r\n", "\xef\xbb\xbf1", " 1 , \"x\" "} {
		f.Add(s, uint8(3))
	}
	f.Fuzz(func(t *testing.T, file string, size uint8) {
		all := columns(t, "`a` INT, `b` STRING, `c` DATE, `d` ARRAY<INT>, `e` ROW<`x` STRING, `y` INT>")
		for _, o := range []option.Set{
			options("ignore-parse-errors", "true"), options("ignore-parse-errors", "true", "escape-character", "\\", "allow-comments", "true", "trim-spaces", "true"),
			options("ignore-parse-errors", "true", "disable-quote-character", "true", "null-literal", "x", "ignore-trailing-unmappable", "true"), {},
		} {
			whole, err1 := decodeFile(t, o, all, all, file, 1<<20)
			parts, err2 := decodeFile(t, o, all, all, file, int(size)+1)
			if whole != parts || (err1 == nil) != (err2 == nil) {
				t.Fatalf("%v: in one piece %q, %v; in pieces %q, %v", o, whole, err1, parts, err2)
			}
			some, _ := decodeFile(t, o, all, pick(all, "c a"), file, 1<<20)
			_ = some
			_, _ = decodeMessages(t, o, all, all, file)
		}
	})
}

func benchmarkDecode(b *testing.B, record, wanted string) {
	all := columns(b, "`id` BIGINT, `user` STRING, `url` STRING, `amount` DECIMAL(10, 2), `ts` TIMESTAMP(3), `agent` STRING, `country` STRING, `note` STRING")
	cols := pick(all, wanted)
	d, err := newDecoder(option.Set{}, cols, format.Env{All: all})
	if err != nil {
		b.Fatal(err)
	}
	base := []byte(strings.Repeat(record, 1024))
	n := uint32(len(record))
	batch := batchOf(cols)
	b.SetBytes(int64(len(base)))
	for b.Loop() {
		batch.Reset()
		batch.SetLen(0)
		d.Begin(batch, base, true)
		for i := range uint32(1024) {
			rows, err := d.Decode(i*n, n)
			if err != nil {
				b.Fatal(err)
			}
			batch.SetLen(batch.Len() + rows)
		}
	}
	b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

const (
	plainRecord  = "123456789,user-4711,https://shop.example/catalog/items/98765?ref=newsletter,1234.56,2024-01-02 03:04:05.678,Mozilla/5.0 (X11; Linux x86_64),DE,bought after the second reminder of the spring campaign 17\n"
	quotedRecord = "123456789,user-4711,https://shop.example/catalog/items/98765?ref=newsletter,1234.56,\"2024-01-02 03:04:05.678\",\"Mozilla/5.0 (X11; Linux x86_64)\",DE,\"bought after the second reminder of the spring campaign\"\n"
)

func BenchmarkDecodeTwoColumns(b *testing.B) { benchmarkDecode(b, plainRecord, "id user") }
func BenchmarkDecodeMiddle(b *testing.B)     { benchmarkDecode(b, plainRecord, "id amount ts country") }
func BenchmarkDecodeAll(b *testing.B) {
	benchmarkDecode(b, plainRecord, "id user url amount ts agent country note")
}
func BenchmarkDecodeTwoColumnsQuoted(b *testing.B) { benchmarkDecode(b, quotedRecord, "id user") }
func BenchmarkDecodeAllQuoted(b *testing.B) {
	benchmarkDecode(b, quotedRecord, "id user url amount ts agent country note")
}

func BenchmarkEncode(b *testing.B) {
	cols := columns(b, "`id` BIGINT, `user` STRING, `amount` DECIMAL(10, 2), `ts` TIMESTAMP(3)")
	d, err := newDecoder(option.Set{}, cols, format.Env{})
	if err != nil {
		b.Fatal(err)
	}
	batch := batchOf(cols)
	record := []byte("123456789,user-4711,1234.56,2024-01-02 03:04:05.678")
	d.Begin(batch, record, true)
	if _, err := d.Decode(0, uint32(len(record))); err != nil {
		b.Fatal(err)
	}
	batch.SetLen(1)
	e, err := newEncoder(option.Set{}, cols, format.Env{})
	if err != nil {
		b.Fatal(err)
	}
	if err := e.Begin(batch); err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 256)
	for b.Loop() {
		buf, _, _ = e.Encode(buf[:0], 0)
	}
}
