package encode

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "URL_ENCODE", Strict: true, Appends: true, Family: "string", Syntax: "URL_ENCODE(s)", Doc: "The string as form data in a URL.",
			Examples: function.Examples("URL_ENCODE('a b')", "a+b"),
			Resolve:  function.TakesNull("URL_ENCODE", types.TString, 0, function.Str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				for _, c := range args[0].Bytes(i) {
					switch {
					case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("*-._", c) >= 0:
						dst = append(dst, c)
					case c == ' ':
						dst = append(dst, '+')
					default:
						const digits = "0123456789ABCDEF"
						dst = append(dst, '%', digits[c>>4], digits[c&15])
					}
				}
				return dst, true
			})),
		},
		&function.Def{
			Name: "URL_DECODE", Strict: true, Appends: true, Family: "string", Syntax: "URL_DECODE(s)", Doc: "The string that form data stands for; NULL for a broken one.",
			Examples: function.Examples("URL_DECODE('a%20b')", "a b", "URL_DECODE('%zz')", "NULL"),
			Resolve:  function.TakesNull("URL_DECODE", types.TString, 0, function.Str),
			Make:     function.Fixed(function.EachText(urlDecode)),
		},
		&function.Def{
			Name: "PARSE_URL", Strict: true, Family: "string", Syntax: "PARSE_URL(url, part[, key])",
			Doc:      "A part of a URL: PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, QUERY, FILE or REF; with a key the value of that parameter of the QUERY.",
			Examples: function.Examples("PARSE_URL('http://h/p?a=1', 'QUERY', 'a')", "1", "PARSE_URL('http://h/p', 'HOST')", "h"),
			Resolve:  function.TakesNull("PARSE_URL", types.TString, 1, function.Str.Typed(), function.Str.Typed(), function.Str.Typed()),
			Make: function.Fixed(function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
				from, to, ok := urlPart(s, string(args[1].Bytes(i)))
				if !ok || len(args) < 3 {
					return from, to, ok
				}
				if string(args[1].Bytes(i)) != "QUERY" {
					return 0, 0, false
				}
				key := args[2].Bytes(i)
				for from <= to {
					end := to
					if k := bytes.IndexByte(s[from:to], '&'); k >= 0 {
						end = from + k
					}
					if pair := s[from:end]; bytes.HasPrefix(pair, key) && len(pair) > len(key) && pair[len(key)] == '=' {
						return from + len(key) + 1, end, true
					}
					from = end + 1
				}
				return 0, 0, false
			})),
		},
		&function.Def{
			Name: "INET_ATON", Strict: true, Family: "string", Syntax: "INET_ATON(s)", Doc: "The number of an IPv4 address; NULL for other text.",
			Examples: function.Examples("INET_ATON('127.0.0.1')", "2130706433"),
			Resolve:  function.TakesNull("INET_ATON", types.TBigInt, 0, function.Str),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (int64, bool) {
				return inetToNumber(string(args[0].Bytes(i)))
			})),
		},
		&function.Def{
			Name: "INET_NTOA", Strict: true, Appends: true, Family: "string", Syntax: "INET_NTOA(i)", Doc: "The IPv4 address of a number; NULL for others.",
			Examples: function.Examples("INET_NTOA(2130706433)", "127.0.0.1"),
			Resolve:  function.TakesNull("INET_NTOA", types.TString, 0, function.BigInt),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				x := kernel.At[int64](args[0], i)
				if x < 0 || x > 1<<32-1 {
					return dst, false
				}
				for shift := 24; shift >= 0; shift -= 8 {
					dst = strconv.AppendInt(dst, x>>shift&255, 10)
					if shift > 0 {
						dst = append(dst, '.')
					}
				}
				return dst, true
			})),
		},
	)
}

func urlDecode(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
	start := len(dst)
	for s := args[0].Bytes(i); len(s) > 0; {
		switch c := s[0]; c {
		case '+':
			dst, s = append(dst, ' '), s[1:]
		case '%':
			if len(s) < 3 {
				return dst, false
			}
			var err error
			if dst, err = hex.AppendDecode(dst, s[1:3]); err != nil {
				return dst, false
			}
			s = s[3:]
		default:
			dst, s = append(dst, c), s[1:]
		}
	}
	return append(dst[:start], bytes.ToValidUTF8(dst[start:], []byte("\uFFFD"))...), true
}

// urlPart finds a part of a URL.
func urlPart(s []byte, part string) (from, to int, ok bool) {
	scheme := bytes.Index(s, []byte("://"))
	if scheme <= 0 {
		return 0, 0, false
	}
	end := len(s)
	ref := -1
	if k := bytes.IndexByte(s, '#'); k >= 0 {
		ref, end = k+1, k
	}
	authority := scheme + 3
	path := end
	if k := bytes.IndexAny(s[authority:end], "/?"); k >= 0 {
		path = authority + k
	}
	pathEnd, query := end, -1
	if k := bytes.IndexByte(s[path:end], '?'); k >= 0 {
		pathEnd, query = path+k, path+k+1
	}
	host := authority
	at := bytes.LastIndexByte(s[authority:path], '@')
	if at >= 0 {
		host = authority + at + 1
	}
	switch part {
	case "PROTOCOL":
		return 0, scheme, true
	case "AUTHORITY":
		return authority, path, true
	case "USERINFO":
		return authority, authority + max(at, 0), at >= 0
	case "HOST":
		hostEnd := path
		if k := bytes.LastIndexByte(s[host:path], ':'); k >= 0 && !bytes.HasSuffix(s[host:path], []byte("]")) {
			hostEnd = host + k
		}
		return host, hostEnd, true
	case "PATH":
		return path, pathEnd, true
	case "FILE":
		return path, end, true
	case "QUERY":
		if query < 0 {
			return 0, 0, false
		}
		return query, end, true
	case "REF":
		return max(ref, 0), len(s), ref >= 0
	}
	return 0, 0, false
}

// inetToNumber reads one to four parts; the last one fills the bytes left.
func inetToNumber(s string) (int64, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return 0, false
	}
	var x int64
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 32)
		limit := uint64(255)
		shift := 8
		if i == len(parts)-1 {
			shift = 8 * (5 - len(parts))
			limit = 1<<shift - 1
		}
		if err != nil || v > limit {
			return 0, false
		}
		x = x<<shift | int64(v)
	}
	return x, true
}
