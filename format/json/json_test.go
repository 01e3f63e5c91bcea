package json

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"math"
	"strconv"
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

func batchOf(cols []format.Column) *vector.Batch {
	ts := make([]types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	return vector.NewBatch(ts, 4)
}

// decodeAll decodes messages into one batch and prints its rows.
func decodeAll(t testing.TB, o option.Set, cols []format.Column, messages ...string) (string, error) {
	t.Helper()
	d, err := newDecoder(o, cols, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	b := batchOf(cols)
	base := []byte(strings.Join(messages, "\n"))
	d.Begin(b, base, false)
	off := 0
	var failed error
	for _, m := range messages {
		n, err := d.Decode(uint32(off), uint32(len(m)))
		if err != nil && failed == nil {
			failed = err
		}
		b.SetLen(b.Len() + n)
		off += len(m) + 1
	}
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
	return strings.Join(out, "\n"), failed
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, columns, message, want, err string }{
		{"plain", "`a` INT, `b` STRING", `{"a":1,"b":"x"}`, "1|x", ""},
		{"other order, unknown keys", "`a` INT, `b` STRING", ` { "z" : [1,{"a":"}"}] , "b":"x" , "a" : -7 } `, "-7|x", ""},
		{"missing and null", "`a` INT, `b` STRING", `{"a":null}`, "NULL|NULL", ""},
		{"last of equal keys", "`a` INT, `b` STRING", `{"a":1,"b":"x","a":2}`, "2|x", ""},
		{"escapes", "`a` STRING, `b` STRING", `{"a":"q\"\\\/\b\n\u00e4\ud83d\ude00","b":"plain"}`, "q\"\\/\b\nä😀|plain", ""},
		{"escaped key", "`ab` INT", `{"a\u0062":5}`, "5", ""},
		{"numbers in strings", "`a` INT, `b` DOUBLE, `c` BOOLEAN", `{"a":" 12 ","b":"1e3","c":"TRUE"}`, "12|1000.0|TRUE", ""},
		{"anything as string", "`a` STRING, `b` STRING, `c` STRING", `{"a":{"x": [1, 2.50, 1e3, "\u00e4\/"]},"b":17.10,"c":true}`, `{"x":[1,2.5,1000.0,"ä/"]}|17.10|true`, ""},
		{"nested", "`r` ROW<`x` INT, `y` ARRAY<STRING>>, `m` MAP<STRING, INT>", `{"m":{"k":1,"l":null},"r":{"y":["a",null],"x":3}}`, "(3, [a, NULL])|{k=1, l=NULL}", ""},
		{"times", "`d` DATE, `t` TIME(0), `s` TIMESTAMP(3), `z` TIMESTAMP_LTZ(3)", `{"d":"2024-02-01","t":"01:02:03","s":"2024-02-01 01:00:00.007","z":"2024-02-01 01:30:00.007Z"}`,
			"2024-02-01|01:02:03|2024-02-01 01:00:00.007|2024-02-01 01:30:00.007", ""},
		{"decimals", "`a` DECIMAL(6, 2), `b` DECIMAL(30, 3), `c` DECIMAL(3, 1)", `{"a":1.005,"b":"12345678901234567890.5","c":1234}`, "1.01|12345678901234567890.500|NULL", ""},
		{"bytes", "`a` BYTES", `{"a":"Af4A"}`, "x'01fe00'", ""},
		{"limits", "`a` BIGINT, `b` BIGINT, `c` TINYINT", `{"a":9223372036854775807,"b":-9223372036854775808,"c":-128}`, "9223372036854775807|-9223372036854775808|-128", ""},
		{"short and long numbers", "`a` DOUBLE, `b` DOUBLE, `c` DOUBLE, `d` DOUBLE, `e` DECIMAL(5, 2), `f` DECIMAL(5, 2), `g` DECIMAL(5, 2)", `{"a":-0.0,"b":123.25,"c":0.1234567890123456789,"d":-12e-1,"e":7,"f":-7.125,"g":999.9}`,
			"-0.0|123.25|0.12345678901234568|-1.2|7.00|-7.13|999.90", ""},
		{"number without digits", "`a` INT", `{"a":-}`, "", "a digit should be"},
		{"number with an open point", "`a` DOUBLE", `{"a":1.}`, "", "a digit should be"},
		{"number with two points", "`a` DOUBLE", `{"a":1.2.3}`, "", "no JSON"},
		{"number with a leading zero", "`a` INT", `{"a":01}`, "", "begins with 0"},
		{"number at the end", "`a` INT", `{"a":1`, "", "it ends where"},
		{"fraction for INT", "`a` INT", `{"a":1.9}`, "1", ""},
		{"array of objects", "`a` INT", `[{"a":1},{"a":2}]`, "1\n2", ""},
		{"out of range", "`a` INT", `{"a":3000000000}`, "", `field "a": 3000000000 is not a INT`},
		{"wrong kind", "`a` INT", `{"a":[1]}`, "", `field "a": [1] is not a INT`},
		{"cut off", "`a` INT", `{"a":1`, "", "no JSON"},
		{"no JSON", "`a` INT", `not json`, "", `no JSON: 'n' stands`},
		{"more behind", "`a` INT", `{"a":1} x`, "", "the end should be"},
		{"not UTF-8", "`a` STRING", "{\"a\":\"\xff\"}", "", "not UTF-8"},
		{"control character", "`a` STRING", "{\"a\":\"\n\"}", "\n", ""},
		{"no escape, wanted", "`a` STRING", `{"a":"\q"}`, "", `\q is no escape`},
		{"no escape, not wanted", "`a` STRING", `{"b":"\q"}`, "", `\q is no escape`},
		{"half an escape", "`a` STRING", `{"b":"\u12"}`, "", "four hex digits"},
		{"lone surrogate", "`a` STRING", `{"a":"\ud83d!"}`, "?!", ""},
		{"equal keys of a map", "`m` MAP<STRING, INT>", `{"m":{"k":1,"l":2,"k":3}}`, "{l=2, k=3}", ""},
		{"empty key", "`a` INT", `{"":5,"a":1}`, "1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeAll(t, option.Set{}, columns(t, tt.columns), tt.message)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %q and the error %v, want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestDecodeOptions(t *testing.T) {
	cols := columns(t, "`id` INT, `name` STRING")
	got, err := decodeAll(t, option.Set{ignoreErrors.Key: "true"}, cols, `{"id":1,"name":"one"}`, `{"id":"two","name":"two"}`, `{"id":3,"name":"th`, `not json`, `{"id":{"a":1},"name":{"a":1}}`)
	if want := "1|one\nNULL|two\nNULL|{\"a\":1}"; err != nil || got != want {
		t.Errorf("ignore-parse-errors: got %q, %v; want %q", got, err, want)
	}
	nested := columns(t, "`x` ARRAY<INT>, `m` MAP<STRING, INT>, `r` ROW<`a` INT, `b` INT>")
	got, err = decodeAll(t, option.Set{ignoreErrors.Key: "true"}, nested, `{"x":[1,"two",3],"m":{"k":"v","l":1},"r":{"a":[],"b":2}}`)
	if want := "[1, NULL, 3]|{k=NULL, l=1}|(NULL, 2)"; err != nil || got != want {
		t.Errorf("ignore-parse-errors, nested: got %q, %v; want %q", got, err, want)
	}
	if _, err := decodeAll(t, option.Set{failOnMissing.Key: "true"}, cols, `{"id":1}`); err == nil || !strings.Contains(err.Error(), `field "name" is missing`) {
		t.Errorf("fail-on-missing-field: got %v", err)
	}
	if _, err := newDecoder(option.Set{failOnMissing.Key: "true", ignoreErrors.Key: "true"}, cols, format.Env{}); err == nil {
		t.Error("fail-on-missing-field and ignore-parse-errors go together")
	}
}

// TestLayout changes the keys and their order from message to message.
func TestLayout(t *testing.T) {
	got, err := decodeAll(t, option.Set{}, columns(t, "`a` INT, `b` INT, `ab` INT"),
		`{"a":1,"x":0,"b":2,"ab":3}`, `{"a":4,"x":0,"b":5,"ab":6}`, `{"b":7,"a":8}`, `{"x":0,"a" : 9,"ab":10}`, `{"x":0,"a" : 11,"ab":12,"b":13}`, `{"a":14,"x":0,"b":15,"ab":16}`, `{}`)
	if want := "1|2|3\n4|5|6\n8|7|NULL\n9|NULL|10\n11|13|12\n14|15|16\nNULL|NULL|NULL"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestDeepNesting(t *testing.T) {
	deep := `{"z":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}`
	if _, err := decodeAll(t, option.Set{}, columns(t, "`a` INT"), deep); err == nil || !strings.Contains(err.Error(), "nested more than") {
		t.Errorf("got %v", err)
	}
}

func TestEncode(t *testing.T) {
	tests := []struct{ options, columns, message, want string }{
		{"", "`a` INT, `b` STRING, `c` DOUBLE", `{"a":1,"b":"q\"\n\u0001ä","c":1e10}`, `{"a":1,"b":"q\"\n\u0001ä","c":1.0E10}`},
		{"", "`a` INT, `b` BOOLEAN", `{"b":true}`, `{"a":null,"b":true}`},
		{"encode.ignore-null-fields=true", "`a` INT, `b` BOOLEAN", `{"b":true}`, `{"b":true}`},
		{"", "`r` ROW<`x` INT, `y` ARRAY<STRING>>, `m` MAP<STRING, INT>", `{"m":{"k":1},"r":{"y":["a",null],"x":3}}`, `{"r":{"x":3,"y":["a",null]},"m":{"k":1}}`},
		{"", "`s` TIMESTAMP(3), `z` TIMESTAMP_LTZ(3), `d` DATE", `{"s":"2024-02-01 01:00:00","z":"2024-02-01 01:30:00.007Z","d":"2024-02-01"}`, `{"s":"2024-02-01 01:00:00","z":"2024-02-01 01:30:00.007Z","d":"2024-02-01"}`},
		{"", "`a` DECIMAL(20, 10), `b` BYTES", `{"a":0.0000000123,"b":"Af4A"}`, `{"a":1.23E-8,"b":"Af4A"}`},
		{"", "`a` DECIMAL(10, 2), `b` DECIMAL(10, 2), `c` DECIMAL(10, 2), `d` DECIMAL(10, 2)", `{"a":10.50,"b":30,"c":0,"d":-1200.00}`, `{"a":10.5,"b":3E+1,"c":0,"d":-1.2E+3}`},
		{"", "`a` DECIMAL(10, 0), `b` DECIMAL(30, 8), `c` DECIMAL(30, 8), `d` DECIMAL(5, 2)", `{"a":100,"b":-0.000001,"c":120.5,"d":0.05}`, `{"a":1E+2,"b":-0.000001,"c":120.5,"d":0.05}`},
		{"encode.decimal-as-plain-number=true", "`a` DECIMAL(10, 2), `b` DECIMAL(10, 2)", `{"a":30,"b":0}`, `{"a":30.00,"b":0.00}`},
		{"encode.decimal-as-plain-number=true", "`a` DECIMAL(20, 10)", `{"a":0.0000000123}`, `{"a":0.0000000123}`},
	}
	for _, tt := range tests {
		o := option.Set{}
		if k, v, ok := strings.Cut(tt.options, "="); ok {
			o[k] = v
		}
		cols := columns(t, tt.columns)
		d, err := newDecoder(o, cols, format.Env{})
		if err != nil {
			t.Fatal(err)
		}
		b := batchOf(cols)
		d.Begin(b, []byte(tt.message), false)
		if _, err := d.Decode(0, uint32(len(tt.message))); err != nil {
			t.Fatal(err)
		}
		b.SetLen(1)
		e, err := newEncoder(o, cols, format.Env{})
		if err != nil {
			t.Fatal(err)
		}
		e.Begin(b)
		got, _, err := e.Encode(nil, 0)
		if err != nil || string(got) != tt.want {
			t.Errorf("got %s, %v; want %s", got, err, tt.want)
		}
	}
}

// FuzzDecode holds the scanner against encoding/json: what that takes as an
// object, the decoder takes, and what it refuses for its syntax is refused.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":"x"}`, `[{"a":1}]`, `{"a":"\u00e4","c":[1,{"x":null}]}`, `{"a":1`, "{\"a\":\"\xff\"}", `{"z":"\u12"}`, `{"a":-0.5e-7}`, `{"a":01}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		cols := columns(t, "`a` STRING, `b` BIGINT, `c` ARRAY<DOUBLE>, `d` ROW<`x` STRING>")
		d, err := newDecoder(option.Set{ignoreErrors.Key: "true"}, cols, format.Env{})
		if err != nil {
			t.Fatal(err)
		}
		b := batchOf(cols)
		d.Begin(b, message, false)
		n, err := d.Decode(0, uint32(len(message)))
		if err != nil {
			t.Fatalf("ignore-parse-errors let an error through: %v", err)
		}
		for _, c := range b.Cols {
			if c.Len() != n {
				t.Fatalf("a column has %d rows, not %d", c.Len(), n)
			}
		}
		if n > 0 && !stdjson.Valid(bytes.Map(noControl, message)) {
			t.Fatalf("%q was taken for JSON", message)
		}
	})
}

// FuzzNumber holds numbers against encoding/json's grammar and strconv's values.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "12.5", "1e3", "999999999999999", "0.000000000000001", "123456789012345678", "1.", "01", "-", "1.2.3", "-1.50e-7"} {
		f.Add(s)
	}
	cols := columns(f, "`a` DOUBLE, `b` BIGINT, `c` DECIMAL(12, 3)")
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || text[0] != '-' && text[0]-'0' > 9 || !stdjson.Valid([]byte(text)) {
			return
		}
		message := []byte(`{"a":` + text + `}`)
		d, err := newDecoder(option.Set{}, cols[:1], format.Env{})
		if err != nil {
			t.Fatal(err)
		}
		b := batchOf(cols[:1])
		d.Begin(b, message, false)
		if _, err := d.Decode(0, uint32(len(message))); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want, _ := strconv.ParseFloat(strings.TrimSpace(text), 64) // out of range: an infinity, as in Java
		if got := b.Cols[0].Float64s()[0]; math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
		// In a string the same number takes another way.
		quoted, err := decodeAll(t, option.Set{}, cols[2:], `{"c":"`+strings.TrimSpace(text)+`"}`)
		if err != nil {
			return
		}
		if plain, err := decodeAll(t, option.Set{}, cols[2:], `{"c":`+text+`}`); err != nil || plain != quoted {
			t.Errorf("%s as DECIMAL: got %s, %v; want %s", text, plain, err, quoted)
		}
	})
}

// noControl takes control characters for blanks: strings may hold them here.
func noControl(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

func record(i int) string {
	return fmt.Sprintf(`{"id":%d,"user":"user-%06d","url":"https://example.org/items/%d","amount":%d.25,"ts":"2024-01-01 08:%02d:00.123","note":"%s"}`, i, i%1000, i%777, i%500, i%60, strings.Repeat("x", 60))
}

func BenchmarkEncode(b *testing.B) {
	cols := columns(b, "`id` BIGINT, `user` STRING, `url` STRING, `amount` DECIMAL(10, 2), `ts` TIMESTAMP(3), `note` STRING")
	d, _ := newDecoder(option.Set{}, cols, format.Env{})
	out := batchOf(cols)
	r := []byte(record(7))
	d.Begin(out, r, false)
	d.Decode(0, uint32(len(r)))
	out.SetLen(1)
	e, err := newEncoder(option.Set{}, cols, format.Env{})
	if err != nil {
		b.Fatal(err)
	}
	e.Begin(out)
	var buf []byte
	for b.Loop() {
		buf, _, _ = e.Encode(buf[:0], 0)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrecords/s")
}
