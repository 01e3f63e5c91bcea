package types

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// testdata/java17_floats.txt holds what Java 17 prints: d or f, the bits in
// hexadecimal, the text.
func TestFloatTextAsJava(t *testing.T) {
	f, err := os.Open("testdata/java17_floats.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for sc := bufio.NewScanner(f); sc.Scan(); n++ {
		p := strings.Fields(sc.Text())
		bits, err := strconv.ParseUint(p[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		var back uint64
		if p[0] == "d" {
			got = string(AppendDouble(nil, math.Float64frombits(bits)))
			v, err := ParseDouble(p[2])
			if err != nil {
				t.Errorf("parse %s: %v", p[2], err)
			}
			back = math.Float64bits(v)
		} else {
			got = string(AppendFloat(nil, math.Float32frombits(uint32(bits))))
			v, err := ParseFloat(p[2])
			if err != nil {
				t.Errorf("parse %s: %v", p[2], err)
			}
			back = uint64(math.Float32bits(v))
		}
		if got != p[2] {
			t.Errorf("%s %s prints %s, want %s", p[0], p[1], got, p[2])
		}
		if back != bits && p[2] != "NaN" {
			t.Errorf("%s reads back as %x, want %s", p[2], back, p[1])
		}
	}
	if n < 300 {
		t.Fatalf("only %d lines", n)
	}
}

func TestDoubleText(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -1.5: "-1.5", 100: "100.0", 1e6: "1000000.0", 9999999: "9999999.0", 1e7: "1.0E7", 1e8: "1.0E8",
		1e20: "1.0E20", 0.001: "0.001", 0.00099: "9.9E-4", 1.5e-7: "1.5E-7", 1e23: "9.999999999999999E22",
		9007199254740993: "9.007199254740992E15", 5e-324: "4.9E-324", math.MaxFloat64: "1.7976931348623157E308",
		math.Inf(1): "Infinity", math.Inf(-1): "-Infinity", math.Copysign(0, -1): "0.0", 72057594037927952: "7.2057594037927952E16",
	} {
		if f == 0 {
			continue // both zeros are one key
		}
		if got := string(AppendDouble(nil, f)); got != want {
			t.Errorf("%g prints %s, want %s", f, got, want)
		}
	}
	if got := string(AppendDouble(nil, math.Copysign(0, -1))); got != "-0.0" {
		t.Errorf("-0 prints %s", got)
	}
	if got := string(AppendDouble(nil, math.NaN())); got != "NaN" {
		t.Errorf("NaN prints %s", got)
	}
	if got := string(AppendFloat(nil, 123456789)); got != "1.23456792E8" {
		t.Errorf("float prints %s", got)
	}
}

func TestParseInt(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		err  error
	}{
		{"127", 127, nil}, {" 7 ", 7, nil}, {"1.9", 1, nil}, {"-1.9", -1, nil}, {".5", 0, nil}, {"5.", 5, nil}, {".", 0, nil}, {"-.", 0, nil},
		{"+12", 12, nil}, {"-0", 0, nil}, {"", 0, ErrEmpty}, {"  ", 0, ErrEmpty}, {"-", 0, ErrSign}, {"--1", 0, ErrSyntax}, {"1e1", 0, ErrSyntax},
		{"1,000", 0, ErrSyntax}, {"12abc", 0, ErrSyntax}, {"1.x", 0, ErrSyntax}, {"1.5.5", 0, ErrSyntax}, {"١", 0, ErrSyntax}, {"\t1", 0, ErrSyntax},
		{"9223372036854775807", math.MaxInt64, nil}, {"9223372036854775807.9", math.MaxInt64, nil}, {"9223372036854775808", 0, ErrOverflow},
		{"-9223372036854775808", math.MinInt64, nil}, {"-9223372036854775809", 0, ErrOverflow}, {"99999999999999999999", 0, ErrOverflow},
		{"99999999999999999999999999999", 0, ErrOverflow}, {"99999999999999999999999999999x", 0, ErrSyntax}, {"000000000000000000000000012", 12, nil},
	}
	for _, tt := range tests {
		got, err := ParseInt64(tt.in)
		if got != tt.want || err != tt.err {
			t.Errorf("ParseInt64(%q) = %d, %v; want %d, %v", tt.in, got, err, tt.want, tt.err)
		}
		got, err = ParseInt64([]byte(tt.in))
		if got != tt.want || err != tt.err {
			t.Errorf("ParseInt64(%q as bytes) = %d, %v", tt.in, got, err)
		}
	}
	if _, err := ParseInt8("128"); err != ErrOverflow {
		t.Error(err)
	}
	if v, err := ParseInt8("-128.9"); v != -128 || err != nil {
		t.Error(v, err)
	}
	if _, err := ParseInt16("32768"); err != ErrOverflow {
		t.Error(err)
	}
	if _, err := ParseInt32("2147483648"); err != ErrOverflow {
		t.Error(err)
	}
}

func TestParseDouble(t *testing.T) {
	for in, want := range map[string]float64{
		"1.5": 1.5, " 2 ": 2, "\t3\n": 3, "1.e3": 1000, ".5e-3": 5e-4, "1f": 1, "1.5D": 1.5, "0x1p3": 8, "0x.8p1": 1, "0X1.8P0f": 1.5, "+1": 1, "-1E2": -100,
		"1e400": math.Inf(1), "-1e400": math.Inf(-1), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1), "1e-400": 0,
		"123456789012345678901234567890": 123456789012345678901234567890, "0.1": 0.1, "9007199254740993": 9007199254740992,
		"2.2250738585072012e-308": 2.2250738585072014e-308, "1e23": 1e23, "0.000000000000000000000000000000000000000001": 1e-42,
		"00000000000000000000000000000000012": 12,
	} {
		if got, err := ParseDouble(in); got != want || err != nil {
			t.Errorf("ParseDouble(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "  ", "abc", "1e", "0x10", "1_0", "inf", "nan", "Inf", ".", "+", "-", "e5", "1e+", "1ff", "1 2", "0x", "0x1p", "0x_1p3", "1e5x", "NaNx", "--1"} {
		if got, err := ParseDouble(in); err == nil {
			t.Errorf("ParseDouble(%q) = %v, want an error", in, got)
		}
	}
	if got, err := ParseDouble("+NaN"); err != nil || got == got {
		t.Error(got, err)
	}
	if got, err := ParseFloat("16777217"); got != 16777216 || err != nil {
		t.Error(got, err)
	}
	if got, err := ParseFloat("1e40"); !math.IsInf(float64(got), 1) || err != nil {
		t.Error(got, err)
	}
}

func TestParseBool(t *testing.T) {
	for _, in := range []string{"true", "True", "t", "T", "yes", "YES", "y", "1"} {
		if v, err := ParseBool(in); !v || err != nil {
			t.Errorf("%q: %v, %v", in, v, err)
		}
	}
	for _, in := range []string{"false", "FALSE", "f", "no", "n", "N", "0"} {
		if v, err := ParseBool([]byte(in)); v || err != nil {
			t.Errorf("%q: %v, %v", in, v, err)
		}
	}
	for _, in := range []string{"", " true ", "2", "on", "off", "abc", "tru", "\x11", "\x10"} {
		if v, err := ParseBool(in); err == nil {
			t.Errorf("%q: %v", in, v)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	tests := []struct {
		in   string
		p, s int32
		want string
		err  error
	}{
		{"1", 5, 2, "1.00", nil}, {"1.005", 5, 2, "1.01", nil}, {"-1.005", 5, 2, "-1.01", nil}, {"1000", 5, 2, "", ErrOverflow},
		{"1e2", 5, 2, "100.00", nil}, {"1E+2", 5, 2, "100.00", nil}, {"1e-3", 5, 2, "0.00", nil}, {" 1.5 ", 5, 2, "1.50", nil},
		{"+1.5", 5, 2, "1.50", nil}, {".5", 5, 2, "0.50", nil}, {"1.", 5, 2, "1.00", nil}, {"0.004", 5, 2, "0.00", nil}, {"0.005", 5, 2, "0.01", nil},
		{"-0.004", 5, 2, "0.00", nil}, {"abc", 5, 2, "", ErrSyntax}, {"", 5, 2, "", ErrEmpty}, {"-", 5, 2, "", ErrSign}, {"NaN", 5, 2, "", ErrSyntax},
		{"1e", 25, 2, "", ErrSyntax}, {"1e5x", 25, 2, "", ErrSyntax}, {"1e-400", 5, 2, "0.00", nil}, {"1e+400", 25, 2, "", ErrOverflow},
		{"1e999999999999", 25, 2, "", ErrOverflow}, {"0e999999999999", 25, 2, "0.00", nil}, {"+ 1", 5, 2, "", ErrSyntax}, {"1.2.3", 5, 2, "", ErrSyntax},
		{"12345678901234567890.123456789012345678", 38, 18, "12345678901234567890.123456789012345678", nil},
		{"123456789012345678901.123456789012345678", 38, 17, "123456789012345678901.12345678901234568", nil},
		{"99999999999999999999999999999999999999.4", 38, 0, "99999999999999999999999999999999999999", nil},
		{"99999999999999999999999999999999999999.5", 38, 0, "", ErrOverflow},
		{"99999999999999999999999999999999999998.5000", 38, 0, "99999999999999999999999999999999999999", nil},
		{"0.99999999999999999999999999999999999998500", 38, 38, "0.99999999999999999999999999999999999999", nil},
		{"0.00000000000000000000000000000000000000000001", 5, 2, "0.00", nil},
		{"00000000000000000000000000000000000000000001.5", 5, 2, "1.50", nil},
		{"100000000000000000000000000000000000000000e-41", 5, 2, "1.00", nil},
	}
	for _, tt := range tests {
		v, err := ParseDecimal(tt.in, tt.p, tt.s)
		got := ""
		if err == nil {
			got = string(AppendDecimal(nil, v, tt.s))
		}
		if got != tt.want || err != tt.err {
			t.Errorf("ParseDecimal(%q, %d, %d) = %q, %v; want %q, %v", tt.in, tt.p, tt.s, got, err, tt.want, tt.err)
		}
	}
}

func TestAppendDecimalShort(t *testing.T) {
	for in, want := range map[string][2]string{
		"0.0000001000": {"1E-7", "0.0000001"}, "1.5000000000": {"1.5", "1.5"}, "0.0000000000": {"0", "0"}, "-0.0000000123": {"-1.23E-8", "-0.0000000123"},
		"1200.0000000000": {"1.2E+3", "1200"}, "100.0": {"1E+2", "100"}, "0.0000010000": {"0.000001", "0.000001"}, "0.0000012300": {"0.00000123", "0.00000123"},
		"12345678901234567890.0": {"1.234567890123456789E+19", "12345678901234567890"}, "5.0": {"5", "5"}, "-7.0": {"-7", "-7"}, "10.0": {"1E+1", "10"},
		"1000000000000000000000000000000.0": {"1E+30", "1000000000000000000000000000000"}, "0.0000001200": {"1.2E-7", "0.00000012"},
	} {
		x, err := ParseDecimal(in, 38, 10)
		if err != nil && in[0] == '1' {
			x, err = ParseDecimal(in, 38, 0)
			if got := string(AppendDecimalShort(nil, x, 0, false)); err != nil || got != want[0] {
				t.Errorf("%s prints %s, %v; want %s", in, got, err, want[0])
			}
			continue
		}
		if got := string(AppendDecimalShort(nil, x, 10, false)); err != nil || got != want[0] {
			t.Errorf("%s prints %s, %v; want %s", in, got, err, want[0])
		}
		if got := string(AppendDecimalShort(nil, x, 10, true)); got != want[1] {
			t.Errorf("%s prints %s in plain, want %s", in, got, want[1])
		}
	}
}

func TestNumberTextDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 64)
	raw := []byte("12345.6789e-3")
	for name, f := range map[string]func(){
		"AppendDouble":  func() { buf = AppendDouble(buf[:0], 1.0/3) },
		"AppendDouble2": func() { buf = AppendDouble(buf[:0], 5e-324) },
		"AppendDecimal": func() { buf = AppendDecimal(buf[:0], Pow10Wide(30), 5) },
		"ParseDouble":   func() { _, _ = ParseDouble(raw) },
		"ParseDouble2":  func() { _, _ = ParseDouble("0.1234567890123456789e-200") },
		"ParseDecimal":  func() { _, _ = ParseDecimal(raw, 30, 5) },
		"ParseInt32":    func() { _, _ = ParseInt32(raw) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"1.5", "-12e3", "0x1.8p3", "NaN", " 7 ", "99999999999999999999999999999999999999.5", "1e-400", "1f", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseDouble(s); err == nil {
			back, err := ParseDouble(AppendDouble(nil, v))
			if err != nil || back != v && v == v {
				t.Fatalf("%q is %v, which reads back as %v, %v", s, v, back, err)
			}
			// The plain parser must agree where its grammar is the same.
			if want, err := strconv.ParseFloat(s, 64); err == nil && want != v && v == v {
				t.Fatalf("%q is %v, want %v", s, v, want)
			}
		}
		if v, err := ParseFloat(s); err == nil {
			if back, err := ParseFloat(AppendFloat(nil, v)); err != nil || back != v && v == v {
				t.Fatalf("%q is %v, which reads back as %v, %v", s, v, back, err)
			}
		}
		if v, err := ParseDecimal(s, 38, 10); err == nil {
			if back, err := ParseDecimal(AppendDecimal(nil, v, 10), 38, 10); err != nil || back != v {
				t.Fatalf("%q is %v, which reads back as %v, %v", s, v, back, err)
			}
		}
		if v, err := ParseInt64(s); err == nil {
			if back, err := ParseInt64(AppendInt(nil, v)); err != nil || back != v {
				t.Fatalf("%q is %v, which reads back as %v, %v", s, v, back, err)
			}
		}
		_, _ = ParseBool(s)
	})
}

func BenchmarkAppendDouble(b *testing.B) {
	buf := make([]byte, 0, 32)
	for b.Loop() {
		buf = AppendDouble(buf[:0], 12345.678)
	}
}

func BenchmarkParseDouble(b *testing.B) {
	in := []byte("12345.678")
	for b.Loop() {
		_, _ = ParseDouble(in)
	}
}

func BenchmarkParseInt64(b *testing.B) {
	in := []byte("1234567890")
	for b.Loop() {
		sinkInt, _ = ParseInt64(in)
	}
}

func BenchmarkParseDecimalInt64(b *testing.B) {
	in := []byte("12345.67")
	for b.Loop() {
		sinkInt, _ = ParseDecimalInt64(in, 18, 2)
	}
}

func BenchmarkAppendDecimalInt64(b *testing.B) {
	buf := make([]byte, 0, 32)
	for b.Loop() {
		buf = AppendDecimalInt64(buf[:0], 1234567, 2)
	}
}
