package text

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel/swar"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "REPEAT", Strict: true, Appends: true, Partial: true, Family: "string", Syntax: "REPEAT(s, n)", Doc: "The string n times.",
			Examples: function.Examples("REPEAT('ab', 3)", "ababab"),
			Resolve:  function.Takes("REPEAT", types.TString, 0, str, integer),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if function.AnyNull(args, i) {
						out.AppendNull()
						continue
					}
					s, times := args[0].Bytes(i), max(intAt(args[1], i), 0)
					if len(s)*times > maxText {
						return function.Fail(i, "too-long", "REPEAT would make a string of %d bytes; the limit is %d", len(s)*times, maxText)
					}
					b := out.OpenBytes()
					for range times {
						b = append(b, s...)
					}
					out.CloseBytes(b)
				}
				return nil
			}),
		},
		&function.Def{
			Name: "REPLACE", Strict: true, Appends: true, Family: "string", Syntax: "REPLACE(s, from, to)",
			Doc:      "The string with every occurrence of from replaced.",
			Examples: function.Examples("REPLACE('hello world', 'world', 'flott')", "hello flott"),
			Resolve:  function.Takes("REPLACE", types.TString, 0, str, str, str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				s, from, to := args[0].Bytes(i), args[1].Bytes(i), args[2].Bytes(i)
				if len(from) == 0 {
					return append(dst, bytes.ReplaceAll(s, from, to)...), true
				}
				for {
					k := bytes.Index(s, from)
					if k < 0 {
						return append(dst, s...), true
					}
					dst = append(append(dst, s[:k]...), to...)
					s = s[k+len(from):]
				}
			})),
		},
		&function.Def{
			Name: "TRANSLATE", Appends: true, Family: "string", Syntax: "TRANSLATE(s, from, to)",
			Doc:      "The string with each character of from replaced by the one at the same place of to, or deleted if to is shorter.",
			Examples: function.Examples("TRANSLATE('hello', 'elo', 'ip')", "hipp"),
			Resolve: function.TakesFunc("TRANSLATE", func(args []function.Arg) (types.Type, error) {
				return types.TString.WithNotNull(args[0].Type.NotNull), nil
			}, 0, function.Str.Typed(), function.Str.Typed(), function.Str.Typed()),
			Make: makeTranslate,
		},
		&function.Def{
			Name: "OVERLAY", Strict: true, Appends: true, Family: "string", Syntax: "OVERLAY(s PLACING part FROM pos [FOR len])",
			Doc:      "The string with len characters (as many as part has) from pos on replaced by part.",
			Examples: function.Examples("OVERLAY('abcdef' PLACING 'ZZ' FROM 2)", "aZZdef"),
			Resolve: function.TakesFunc("OVERLAY", func(args []function.Arg) (types.Type, error) {
				n := min(int64(args[0].Type.Precision)+int64(args[1].Type.Precision), types.MaxLength)
				return types.VarcharOf(int32(n)).WithNotNull(function.NotNull(args)), nil
			}, 1, str, str, integer, integer),
			Make: function.Fixed(function.EachText(overlay)),
		},
		&function.Def{
			Name: "REVERSE", Strict: true, Appends: true, Family: "string", Syntax: "REVERSE(s)", Doc: "The string backwards.",
			Examples: function.Examples("REVERSE('abc')", "cba"),
			Resolve:  function.TakesNull("REVERSE", types.TString, 0, str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				s := args[0].Bytes(i)
				if len(s) == plain(s) {
					return appendReversed(dst, s), true
				}
				for len(s) > 0 {
					_, size := utf8.DecodeLastRune(s)
					dst = append(dst, s[len(s)-size:]...)
					s = s[:len(s)-size]
				}
				return dst, true
			})),
		},
		padding("LPAD", "in front", true, function.Examples("LPAD('hi', 5, 'ab')", "abahi", "LPAD('hi', 1, 'x')", "h")),
		padding("RPAD", "behind", false, function.Examples("RPAD('hi', 5, 'ab')", "hiaba")),
	)
}

// maxText bounds the strings that a small argument can make large.
const maxText = 64 << 20

// makeTranslate keeps what becomes of each ASCII character where from and to are
// constants.
func makeTranslate(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	if consts[1] == nil || consts[2] == nil || consts[1].IsNull(0) || consts[2].IsNull(0) {
		return translate, nil
	}
	from, to := consts[1].Bytes(0), consts[2].Bytes(0)
	if plain(from) < len(from) || plain(to) < len(to) {
		return translate, nil
	}
	const gone = 0xff
	var table [utf8.RuneSelf]byte
	for c := range table {
		table[c] = byte(c)
		if k := bytes.IndexByte(from, byte(c)); k >= len(to) {
			table[c] = gone
		} else if k >= 0 {
			table[c] = to[k]
		}
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if args[0].IsNull(i) {
				out.AppendNull()
				continue
			}
			b := out.OpenBytes()
			for _, c := range args[0].Bytes(i) {
				if c < utf8.RuneSelf {
					if c = table[c]; c == gone {
						continue
					}
				}
				b = append(b, c)
			}
			out.CloseBytes(b)
		}
		return nil
	}, nil
}

func translate(args []*vector.Vector, out *vector.Vector, n int) error {
	for i := range n {
		if args[0].IsNull(i) {
			out.AppendNull()
			continue
		}
		s := args[0].Bytes(i)
		if args[1].IsNull(i) {
			out.AppendBytes(s)
			continue
		}
		var to []byte
		if !args[2].IsNull(i) {
			to = args[2].Bytes(i)
		}
		from := args[1].Bytes(i)
		b := out.OpenBytes()
		for len(s) > 0 {
			_, size := utf8.DecodeRune(s)
			k := bytes.Index(from, s[:size])
			if k < 0 {
				b = append(b, s[:size]...)
			} else if at := skip(to, count(from[:k])); at < len(to) {
				_, width := utf8.DecodeRune(to[at:])
				b = append(b, to[at:at+width]...)
			}
			s = s[size:]
		}
		out.CloseBytes(b)
	}
	return nil
}

// appendReversed appends ASCII characters backwards.
func appendReversed(dst, s []byte) []byte {
	for ; len(s) >= 8; s = s[:len(s)-8] {
		dst = binary.BigEndian.AppendUint64(dst, binary.LittleEndian.Uint64(s[len(s)-8:]))
	}
	for i := len(s) - 1; i >= 0; i-- {
		dst = append(dst, s[i])
	}
	return dst
}

// appendPad appends n characters of pad again and again.
func appendPad(dst, pad []byte, n int) []byte {
	if len(pad) == 1 {
		dst = slices.Grow(dst, n+8)
		b := dst[len(dst) : len(dst)+n+8]
		for i := 0; i < n; i += 8 {
			binary.LittleEndian.PutUint64(b[i:], 0x0101010101010101*uint64(pad[0]))
		}
		return dst[:len(dst)+n]
	}
	for width := count(pad); n >= width; n -= width {
		dst = append(dst, pad...)
	}
	return append(dst, pad[:skip(pad, n)]...)
}

func overlay(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
	s, part, pos := args[0].Bytes(i), args[1].Bytes(i), intAt(args[2], i)
	if plain(s) == len(s) && plain(part) == len(part) {
		if pos <= 0 || pos > len(s) {
			return append(dst, s...), true
		}
		dst = append(append(dst, s[:pos-1]...), part...)
		n := len(part)
		if len(args) > 3 {
			if n = intAt(args[3], i); n <= 0 {
				return dst, true
			}
		}
		return append(dst, s[min(pos-1+n, len(s)):]...), true
	}
	n := count(part)
	if len(args) > 3 {
		n = intAt(args[3], i)
	}
	if wide(s) || wide(part) {
		u := utf16.Encode([]rune(string(s)))
		if len(args) == 3 {
			n = len(utf16.Encode([]rune(string(part))))
		}
		if pos <= 0 || pos > len(u) {
			return append(dst, s...), true
		}
		dst = append(appendUnits(dst, u[:pos-1]), part...)
		if n > 0 || len(args) == 3 {
			dst = appendUnits(dst, u[min(pos-1+n, len(u)):])
		}
		return dst, true
	}
	if pos <= 0 || pos > count(s) {
		return append(dst, s...), true
	}
	at := skip(s, pos-1)
	dst = append(append(dst, s[:at]...), part...)
	if n > 0 || len(args) == 3 {
		dst = append(dst, s[at+skip(s[at:], n):]...)
	}
	return dst, true
}

// wide reports whether s has characters of two UTF-16 units. LPAD, RPAD and
// OVERLAY count units, as Java does; half a character becomes a question mark.
func wide(s []byte) bool {
	for i := 0; i < len(s); i += 8 {
		w := swar.Word(s, i)
		if w&(w<<1)&(w<<2)&(w<<3)&notASCII != 0 { // the four highest bits of a byte
			return true
		}
	}
	return false
}

func appendUnits(dst []byte, units []uint16) []byte {
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			full := rune(utf8.RuneError)
			if i+1 < len(units) {
				full = utf16.DecodeRune(r, rune(units[i+1]))
			}
			if r = '?'; full != utf8.RuneError {
				r = full
				i++
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// padUnits is LPAD or RPAD of text that is wide.
func padUnits(s, pad []byte, n int, left bool) ([]byte, error) {
	u, p := utf16.Encode([]rune(string(s))), utf16.Encode([]rune(string(pad)))
	if len(u) >= n {
		return appendUnits(nil, u[:n]), nil
	}
	if n > maxText {
		return nil, fmt.Errorf("a string of %d characters; the limit is %d", n, maxText)
	}
	var fill []uint16
	for missing := n - len(u); missing > 0; missing -= len(p) {
		fill = append(fill, p[:min(missing, len(p))]...)
	}
	if left {
		return appendUnits(nil, append(fill, u...)), nil
	}
	return appendUnits(nil, append(u, fill...)), nil
}

func padding(name, where string, left bool, examples []function.Example) *function.Def {
	return &function.Def{
		Name: name, Strict: true, Appends: true, Partial: true, Family: "string", Syntax: name + "(s, n, pad)",
		Doc:      "The string brought to n characters: pad is repeated " + where + ", or its end is cut off. NULL if n is negative or pad empty.",
		Examples: examples,
		Resolve:  function.Takes(name, types.TString, 0, str, integer, str),
		Make: function.Fixed(function.TryText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool, error) {
			s, n, pad := args[0].Bytes(i), intAt(args[1], i), args[2].Bytes(i)
			if n < 0 || len(pad) == 0 {
				return dst, false, nil
			}
			have := len(s)
			if plain(s) < have || plain(pad) < len(pad) {
				if wide(s) || wide(pad) {
					padded, err := padUnits(s, pad, n, left)
					if err != nil {
						return dst, false, function.Fail(i, "too-long", "%s: %v", name, err)
					}
					return append(dst, padded...), true, nil
				}
				have = count(s)
			}
			if have >= n {
				return append(dst, s[:skip(s, n)]...), true, nil
			}
			if n > maxText {
				return dst, false, function.Fail(i, "too-long", "%s would make a string of %d characters; the limit is %d", name, n, maxText)
			}
			if left {
				return append(appendPad(dst, pad, n-have), s...), true, nil
			}
			return appendPad(append(dst, s...), pad, n-have), true, nil
		})),
	}
}
