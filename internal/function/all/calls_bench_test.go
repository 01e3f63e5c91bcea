package all_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// benchColumn is a column of a batch; in a call its letter stands for it.
type benchColumn struct {
	letter, literal string
	append          func(v *vector.Vector, r *rand.Rand)
}

var benchColumns = []benchColumn{
	{"@t", "TIMESTAMP '2011-11-11 11:11:11.111'", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, benchMillis(r)) }},
	{"@u", "TIMESTAMP '2011-11-11 11:11:11.222'", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, benchMillis(r)) }},
	{"@e", "DATE '2011-11-11'", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, int32(benchMillis(r)/types.MillisPerDay)) }},
	{"@i", "1111111", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, int32(r.IntN(2_000_000)-1_000_000)) }},
	{"@l", "1111111111111111", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, r.Int64N(1e15)) }},
	{"@x", "1.1111E0", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, r.Float64()*1000) }},
	{"@p", "1.2222E0", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, float64(r.IntN(1e6))/100) }},
	{"@m", "CAST(1.11 AS DECIMAL(10, 2))", func(v *vector.Vector, r *rand.Rand) { vector.Append(v, r.Int64N(1e8)) }},
	{"@w", "CAST(1.111111 AS DECIMAL(30, 6))", func(v *vector.Vector, r *rand.Rand) {
		x, _ := types.DecimalFromInt64(1e10+r.Int64N(1e13), 30, 6)
		vector.Append(v, x)
	}},
	{"@s", "'ssss'", func(v *vector.Vector, r *rand.Rand) {
		v.AppendString(time.UnixMilli(benchMillis(r)).UTC().Format("2006-01-02 15:04:05"))
	}},
	{"@a", "'aaaa'", func(v *vector.Vector, r *rand.Rand) {
		v.AppendString([]string{fmt.Sprintf("amber-%d", r.IntN(1000)), "  SUMMER breeze 12,harbor  ", fmt.Sprintf("/shop/castle/orchid?id=%d&ref=timber,lantern", r.IntN(1e6)), "Zürich, Kraków"}[r.IntN(4)])
	}},
	{"@j", "'jjjj'", func(v *vector.Vector, r *rand.Rand) {
		v.AppendString(fmt.Sprintf(`{"id":%d,"user":{"name":"amber","age":%d},"amount":%d.50,"ok":true,"tags":["delta","forest"],"url":"/shop/river?q=%d","note":"Zürich \"velvet\""}`,
			r.IntN(1e6), r.IntN(80), r.IntN(1e4), r.IntN(1000)))
	}},
}

func benchMillis(r *rand.Rand) int64 { return 1_500_000_000_000 + r.Int64N(300_000_000_000) }

// BenchmarkCalls measures calls over batches of 1,024 rows. An op is a row; ns/row
// is that of the quickest batch, which other work on the machine disturbs least.
func BenchmarkCalls(b *testing.B) {
	calls := strings.Split(`CAST(@i AS STRING)|CAST(@l AS STRING)|CAST(@x AS STRING)|CAST(@p AS STRING)|CAST(@m AS STRING)|CAST(@w AS STRING)|@w + 1|@w - @w|@w * @m|@m + @m|@i / @i|@i % @i|@l / @l|@m / @m|CAST(@t AS STRING)|CAST(@e AS STRING)|`+
		`EXTRACT(YEAR FROM @t)|EXTRACT(QUARTER FROM @t)|EXTRACT(MONTH FROM @t)|EXTRACT(DAY FROM @t)|EXTRACT(DOW FROM @t)|EXTRACT(DOY FROM @t)|EXTRACT(WEEK FROM @t)|EXTRACT(ISODOW FROM @t)|EXTRACT(DAY FROM @e)|`+
		`FLOOR(@t TO DAY)|FLOOR(@t TO WEEK)|FLOOR(@t TO MONTH)|FLOOR(@t TO QUARTER)|FLOOR(@t TO YEAR)|FLOOR(@e TO MONTH)|CEIL(@t TO HOUR)|CEIL(@t TO WEEK)|CEIL(@t TO MONTH)|CEIL(@t TO YEAR)|`+
		`TIMESTAMPADD(DAY, 3, @t)|TIMESTAMPADD(MONTH, 3, @t)|TIMESTAMPADD(MONTH, 3, @e)|@t + INTERVAL '7' MONTH|@e + INTERVAL '7' MONTH|@t - INTERVAL '7' DAY|`+
		`TIMESTAMPDIFF(HOUR, @t, @u)|TIMESTAMPDIFF(DAY, @t, @u)|TIMESTAMPDIFF(MONTH, @t, @u)|`+
		`DATE_FORMAT(@t, 'yyyy-MM-dd')|DATE_FORMAT(@t, 'yyyy-MM-dd HH:mm:ss')|DATE_FORMAT(@t, 'yyyyMMdd-HH')|DATE_FORMAT(@s, 'yyyy-MM-dd')|FROM_UNIXTIME(@i)|UNIX_TIMESTAMP(@s)|TO_TIMESTAMP_LTZ(@l, 3)|TO_TIMESTAMP_LTZ(@l, 0)|`+
		`INITCAP(@a)|UPPER(@a)|LPAD(@a, 24, '.')|RPAD(@a, 24, '.')|OVERLAY(@a PLACING 'zz' FROM 2 FOR 2)|CHAR_LENGTH(@a)|`+
		`JSON_VALUE(@j, '$.user.age' RETURNING INT)|JSON_VALUE(@j, '$.note')|JSON_QUERY(@j, '$.user')|JSON_QUERY(@j, '$.tags')|JSON_EXISTS(@j, '$.tags[5]')`, "|")
	for _, call := range calls {
		b.Run(strings.NewReplacer(" ", "_", "/", "÷").Replace(call), func(b *testing.B) {
			p, batch := benchCall(b, call)
			b.ReportAllocs()
			b.ResetTimer()
			least := time.Duration(math.MaxInt64)
			for n := 0; n < b.N; n += batch.Len() {
				start := time.Now()
				if _, err := p.Eval(batch); err != nil {
					b.Fatal(err)
				}
				least = min(least, time.Since(start))
			}
			b.ReportMetric(float64(least.Nanoseconds())/float64(batch.Len()), "ns/row")
		})
	}
}

func benchCall(b *testing.B, call string) (*expr.Program, *vector.Batch) {
	b.Helper()
	var ts []types.Type
	var marks []spec.Expr
	for _, c := range benchColumns {
		e, err := bound(c.literal)
		if err != nil {
			b.Fatal(err)
		}
		call = strings.ReplaceAll(call, c.letter, c.literal)
		ts, marks = append(ts, e.Type), append(marks, e)
	}
	e, err := bound(call)
	if err != nil {
		b.Fatal(call, err)
	}
	var replace func(e spec.Expr) spec.Expr
	replace = func(e spec.Expr) spec.Expr {
		for k, m := range marks {
			same := m.Literal != nil && e.Literal != nil && m.Literal.Text == e.Literal.Text && m.Type.Kind == e.Type.Kind
			if same || m.Call == "CAST" && e.Call == "CAST" && m.Type.Equal(e.Type) {
				return spec.Col(k, e.Type)
			}
		}
		for i, a := range e.Args {
			e.Args[i] = replace(a)
		}
		return e
	}
	p, err := expr.Compile(replace(e), &function.Env{})
	if err != nil {
		b.Fatal(err)
	}
	const rows = 1024
	batch := vector.NewBatch(ts, rows)
	r := rand.New(rand.NewPCG(1, 2))
	for range rows {
		for k, c := range benchColumns {
			c.append(batch.Cols[k], r)
		}
	}
	batch.SetLen(rows)
	return p, batch
}
