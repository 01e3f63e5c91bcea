package temporal

import (
	"errors"
	"fmt"
	"math"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var str = function.Str.Typed()

func init() {
	function.Register(
		&function.Def{
			Name: "DATE_FORMAT", Strict: true, Costly: true, Appends: true, Partial: true, Family: "time", Syntax: "DATE_FORMAT(t, pattern)",
			Doc:      "A timestamp in a pattern of Java's DateTimeFormatter, or a text 'yyyy-MM-dd HH:mm:ss' in one of SimpleDateFormat.",
			Examples: function.Examples("DATE_FORMAT(TIMESTAMP '2024-01-05 13:04:09', 'EEE d MMM yyyy')", "Fri 5 Jan 2024"),
			Resolve: function.TakesNull("DATE_FORMAT", types.TString, 0, function.Of("a timestamp or a STRING", func(t types.Type) bool {
				return t.IsTimestamp() || t.IsString()
			}).Typed(), str),
			Make: makeDateFormat,
		},
		&function.Def{
			Name: "FROM_UNIXTIME", Strict: true, Costly: true, Appends: true, Partial: true, Family: "time", Syntax: "FROM_UNIXTIME(seconds[, pattern])",
			Doc:      "Seconds since 1970 as text in the session's zone, 'yyyy-MM-dd HH:mm:ss' if there is no pattern of SimpleDateFormat.",
			Examples: function.Examples("FROM_UNIXTIME(1577836800, 'yyyy/MM/dd')", "2020/01/01"),
			Resolve:  function.TakesNull("FROM_UNIXTIME", types.TString, 1, function.BigInt.Typed(), str),
			Make: func(env *function.Env, _ []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				zone, patterns := env.LocalZone(), newSimplePatterns()
				return function.TryText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool, error) {
					p, err := patterns.optional(args, 1, i)
					if err != nil {
						return dst, false, badPattern(i, err)
					}
					return p.Append(dst, kernel.At[int64](args[0], i)*1000, zone), true, nil
				}), nil
			},
		},
		&function.Def{
			Name: "UNIX_TIMESTAMP", Strict: true, Costly: true, Partial: true, Dynamic: true, Family: "time", Syntax: "UNIX_TIMESTAMP([s[, pattern]])",
			Doc:      "Seconds since 1970: now, or of a text in the session's zone. A text that is no time gives the smallest BIGINT.",
			Examples: function.Examples("UNIX_TIMESTAMP('1970-01-01 00:00:01')", "1"),
			Resolve:  function.Takes("UNIX_TIMESTAMP", types.TBigInt, 2, str, str),
			Make:     makeUnixTimestamp,
		},
		&function.Def{
			Name: "TO_DATE", Strict: true, Costly: true, Partial: true, Family: "time", Syntax: "TO_DATE(s[, pattern])",
			Doc:      "The date that a text means, in a pattern of SimpleDateFormat; NULL for other text.",
			Examples: function.Examples("TO_DATE('05/01/2020', 'dd/MM/yyyy')", "2020-01-05", "TO_DATE('2024-02-30')", "NULL"),
			Resolve:  function.TakesNull("TO_DATE", types.TDate, 1, str, str),
			Make:     makeToDate,
		},
		&function.Def{
			Name: "TO_TIMESTAMP", Strict: true, Costly: true, Family: "time", Syntax: "TO_TIMESTAMP(s[, pattern])",
			Doc:      "The timestamp that a text means, in a pattern of DateTimeFormatter; NULL for other text.",
			Examples: function.Examples("TO_TIMESTAMP('20200105130409', 'yyyyMMddHHmmss')", "2020-01-05 13:04:09.000", "TO_TIMESTAMP('bad')", "NULL"),
			Resolve:  function.TakesNull("TO_TIMESTAMP", types.TimestampOf(3), 1, str, str),
			Make: func(*function.Env, []types.Type, []*vector.Vector, types.Type) (function.Kernel, error) {
				patterns := newPatterns()
				return function.Each(func(args []*vector.Vector, i int) (int64, bool) {
					t, ok := parse(patterns, args, 1, i)
					return t.Truncate(3).Milli, ok
				}), nil
			},
		},
		&function.Def{
			Name: "TO_TIMESTAMP_LTZ", Strict: true, Costly: true, Partial: true, Family: "time",
			Syntax:   "TO_TIMESTAMP_LTZ(n[, precision]) or TO_TIMESTAMP_LTZ(s[, pattern[, zone]])",
			Doc:      "The instant of a number of seconds (precision 0) or milliseconds (3), or of a text in a zone (UTC).",
			Examples: function.Examples("TO_TIMESTAMP_LTZ(1577836800123, 3)", "2020-01-01 00:00:00.123"),
			Resolve:  resolveToLTZ, Make: makeToLTZ,
		},
		&function.Def{
			Name: "CONVERT_TZ", Strict: true, Costly: true, Appends: true, Family: "time", Syntax: "CONVERT_TZ(s, from, to)",
			Doc:      "A text 'yyyy-MM-dd HH:mm:ss' of one zone as that of another. An unknown zone is UTC.",
			Examples: function.Examples("CONVERT_TZ('2020-01-01 00:00:00', 'UTC', 'Asia/Tokyo')", "2020-01-01 09:00:00"),
			Resolve:  function.TakesNull("CONVERT_TZ", types.TString, 0, str, str, str),
			Make: func(*function.Env, []types.Type, []*vector.Vector, types.Type) (function.Kernel, error) {
				patterns := newSimplePatterns()
				p, err := patterns.get(defaultPattern)
				if err != nil {
					return nil, err
				}
				return function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
					ms, err := types.ParseSimplePattern(p, args[0].Bytes(i), zoneOf(string(args[1].Bytes(i))))
					if err != nil {
						return dst, false
					}
					return p.Append(dst, ms, zoneOf(string(args[2].Bytes(i)))), true
				}), nil
			},
		},
	)
}

// short are the zone names of three letters that Java's TimeZone knows.
var short = map[string]string{
	"PST": "America/Los_Angeles", "EST": "-05:00", "MST": "-07:00", "HST": "-10:00", "CST": "America/Chicago", "JST": "Asia/Tokyo",
	"IST": "Asia/Kolkata", "ECT": "Europe/Paris", "CTT": "Asia/Shanghai", "AET": "Australia/Sydney", "BST": "Asia/Dhaka",
}

// zoneOf returns Java's TimeZone.getTimeZone: UTC for an unknown id.
func zoneOf(id string) *types.Zone {
	if long := short[id]; long != "" {
		id = long
	}
	z, err := types.LoadZone(id)
	if err != nil {
		return types.UTC
	}
	return z
}

func badPattern(row int, err error) error { return function.Fail(row, "bad-pattern", "%v", err) }

// known keeps compiled patterns, the last one at hand.
type known[P any] struct {
	compile func(text string) (P, error)
	all     map[string]*entry[P]
	last    *entry[P]
}

type entry[P any] struct {
	text    string
	pattern P
}

// The patterns of DateTimeFormatter, and of SimpleDateFormat.
type (
	patterns       = known[*types.Pattern]
	simplePatterns = known[*types.SimplePattern]
)

func newPatterns() *patterns { return &patterns{compile: types.CompilePattern} }

func newSimplePatterns() *simplePatterns { return &simplePatterns{compile: types.CompileSimplePattern} }

func (k *known[P]) get(text []byte) (P, error) {
	if k.last != nil && k.last.text == string(text) {
		return k.last.pattern, nil
	}
	e := k.all[string(text)]
	if e == nil {
		p, err := k.compile(string(text))
		if err != nil {
			return p, err
		}
		if k.all == nil || len(k.all) > 100 {
			k.all = map[string]*entry[P]{}
		}
		e = &entry[P]{string(text), p}
		k.all[e.text] = e
	}
	k.last = e
	return e.pattern, nil
}

var defaultPattern = []byte("yyyy-MM-dd HH:mm:ss")

// optional returns the pattern in argument at, or the default one.
func (k *known[P]) optional(args []*vector.Vector, at, i int) (P, error) {
	if at >= len(args) {
		return k.get(defaultPattern)
	}
	return k.get(args[at].Bytes(i))
}

// parse reads argument 0 by the pattern in argument at, or as CAST does.
func parse(k *patterns, args []*vector.Vector, at, i int) (types.Timestamp, bool) {
	s := args[0].Bytes(i)
	if at >= len(args) {
		t, err := types.ParseTimestamp(s, 9)
		return t, err == nil
	}
	p, err := k.get(args[at].Bytes(i))
	if err != nil {
		return types.Timestamp{}, false
	}
	t, err := types.ParsePattern(p, s)
	return t, err == nil
}

func makeDateFormat(env *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	zone := env.LocalZone()
	if ts[0].IsString() {
		patterns := newSimplePatterns()
		from, err := patterns.get(defaultPattern)
		if err != nil {
			return nil, err
		}
		return function.TryText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool, error) {
			to, err := patterns.optional(args, 1, i)
			if err != nil {
				return dst, false, badPattern(i, err)
			}
			ms, err := types.ParseSimplePattern(from, args[0].Bytes(i), zone)
			if err != nil {
				return dst, false, nil
			}
			return to.Append(dst, ms, zone), true, nil
		}), nil
	}
	patterns, ltz := newPatterns(), ts[0].Kind == types.TimestampLTZ
	if c := consts[1]; c != nil && !c.IsNull(0) && !ltz && ts[0].Phys() == types.PhysInt64 {
		if p, err := patterns.get(c.Bytes(0)); err == nil {
			return function.TryText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool, error) {
				dst, err := p.Append(dst, types.TimestampOfMillis(kernel.At[int64](args[0], i)))
				if err != nil {
					return dst, false, badPattern(i, err)
				}
				return dst, true, nil
			}), nil
		}
	}
	return function.TryText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool, error) {
		p, err := patterns.get(args[1].Bytes(i))
		if err != nil {
			return dst, false, badPattern(i, err)
		}
		t := args[0].Timestamp(i)
		if ltz {
			t = zone.LocalTimestamp(t)
		}
		if dst, err = p.Append(dst, t); err != nil {
			return dst, false, badPattern(i, err)
		}
		return dst, true, nil
	}), nil
}

func makeUnixTimestamp(env *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
	zone, patterns := env.LocalZone(), newSimplePatterns()
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Int64s()
		for i := range o {
			switch {
			case len(ts) == 0:
				o[i] = env.Time().Unix()
			case !out.IsNull(i):
				p, err := patterns.optional(args, 1, i)
				if err != nil {
					return badPattern(i, err)
				}
				ms, err := types.ParseSimplePattern(p, args[0].Bytes(i), zone)
				if o[i] = ms / 1000; err != nil {
					o[i] = math.MinInt64
				}
			}
		}
		return nil
	}, nil
}

func makeToDate(_ *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
	patterns := newSimplePatterns()
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Int32s()
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			if len(ts) == 1 {
				d, err := types.ParseDate(args[0].Bytes(i))
				if o[i] = d; err != nil {
					out.SetNull(i)
				}
				continue
			}
			p, err := patterns.optional(args, 1, i)
			if err != nil {
				return badPattern(i, err)
			}
			ms, err := types.ParseSimplePattern(p, args[0].Bytes(i), types.UTC)
			if o[i] = types.DateOfInstant(ms); err != nil {
				out.SetNull(i)
			}
		}
		return nil
	}, nil
}

func resolveToLTZ(args []function.Arg) (function.Signature, error) {
	result := types.TimestampLTZOf(3)
	switch {
	case len(args) == 0 || len(args) > 3:
		return function.Signature{}, function.Count("TO_TIMESTAMP_LTZ", args, 1, 3)
	case args[0].Type.IsString():
		return function.TakesNull("TO_TIMESTAMP_LTZ", result, 2, function.Str, function.Str, function.Str)(args)
	case args[0].Type.IsNumeric() && len(args) < 3:
		number := function.BigInt
		if args[0].Type.IsApprox() {
			number = function.Double
		} else if args[0].Type.Kind == types.Decimal {
			number = function.Number.As(types.TBigInt)
		}
		return function.TakesNull("TO_TIMESTAMP_LTZ", result, 1, number, function.Int)(args)
	case args[0].Type.Kind == types.Null && len(args) < 3:
		return function.TakesNull("TO_TIMESTAMP_LTZ", result, 1, function.BigInt, function.Int)(args)
	}
	return function.Signature{}, fmt.Errorf("TO_TIMESTAMP_LTZ takes a number and a precision, or a STRING, a pattern and a zone, not %s", args[0].Type.Nullable())
}

// textToLTZ reads instants of UTC; as in Flink, without a pattern it is an error
// that a text is none.
func textToLTZ(patterns *patterns) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Int64s()
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			t, ok := parse(patterns, args, 1, i)
			if !ok {
				return function.Fail(i, "cast", "TO_TIMESTAMP_LTZ: %q is not a timestamp", args[0].Bytes(i))
			}
			o[i] = t.Truncate(3).Milli
		}
		return nil
	}
}

func makeToLTZ(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	if ts[0].IsString() {
		patterns := newPatterns()
		if len(ts) == 1 {
			return textToLTZ(patterns), nil
		}
		return function.Each(func(args []*vector.Vector, i int) (int64, bool) {
			zone := types.UTC
			if len(args) > 2 {
				z, err := types.LoadZone(string(args[2].Bytes(i)))
				if err != nil {
					return 0, false
				}
				zone = z
			}
			t, ok := parse(patterns, args[:min(2, len(args))], 1, i)
			return zone.Instant(t.Truncate(3).Milli), ok
		}), nil
	}
	const first, last = -62_135_596_800_000, 253_402_300_799_999 // years 1 to 9999
	precision := int32(3)
	if len(ts) > 1 && (consts[1] == nil || consts[1].IsNull(0)) {
		precision = -1 // of each row
	} else if len(ts) > 1 {
		precision = consts[1].Int32s()[0]
	}
	if ts[0].Phys() == types.PhysInt64 && (precision == 0 || precision == 3) {
		unit := types.Pow10(3 - precision)
		low, high := first/unit, last/unit
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			o, x := out.Int64s(), args[0].Int64s()
			for i := range o {
				t := x[0]
				if !args[0].Const {
					t = x[i]
				}
				if o[i] = t * unit; t < low || t > high {
					out.SetNull(i)
				}
			}
			return nil
		}, nil
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Int64s()
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			precision := int32(3)
			if len(args) > 1 {
				precision = kernel.At[int32](args[1], i)
			}
			if precision != 0 && precision != 3 {
				return &function.RowError{Row: i, Err: errors.New("the precision of TO_TIMESTAMP_LTZ is 0 (seconds) or 3 (milliseconds)")}
			}
			ok := true
			if ts[0].IsApprox() {
				x := kernel.At[float64](args[0], i)
				if precision == 0 {
					x *= 1000
				}
				o[i] = kernel.FloatToInt64(x)
			} else {
				x := kernel.At[int64](args[0], i)
				if o[i] = x; precision == 0 {
					o[i] = x * 1000
					ok = x >= first/1000 && x <= last/1000
				}
			}
			if !ok || o[i] < first || o[i] > last {
				out.SetNull(i)
			}
		}
		return nil
	}, nil
}
