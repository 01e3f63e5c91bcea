package json

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
)

// order is a record of 8 fields and 200 bytes or a few more.
func order(r *rand.Rand) string {
	s := fmt.Sprintf(`{"id":%d,"user":"user-%d","url":"/%s/%d","amount":%d.%02d,"at":"2024-%02d-%02d %02d:%02d:%02d.%03d","country":"DE","ok":%v,"note":"`,
		1_000_000_000+r.IntN(1e9), r.IntN(1e5), strings.Repeat("p", 3+r.IntN(8)), r.IntN(1000), r.IntN(1e5), r.IntN(100), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000), r.IntN(2) == 0)
	return s + strings.Repeat("the quick ", 20)[:max(0, 198-len(s))] + `"}`
}

func benchmark(b *testing.B, schema string) {
	cols := columns(b, schema)
	d, err := newDecoder(option.Set{}, cols, format.Env{})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var base []byte
	ends := []uint32{0}
	for range 1024 {
		base = append(base, order(r)...)
		ends = append(ends, uint32(len(base)))
	}
	out := batchOf(cols)
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		d.Begin(out, base, true)
		for i := range 1024 {
			if _, err := d.Decode(ends[i], ends[i+1]-ends[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds()/1e6, "Mrecords/s")
	b.ReportMetric(float64(len(base))/1024, "bytes/record")
}

func BenchmarkDecodeThreeFields(b *testing.B) {
	benchmark(b, "`id` BIGINT, `amount` DECIMAL(10, 2), `at` TIMESTAMP(3)")
}

func BenchmarkDecodeAllFields(b *testing.B) {
	benchmark(b, "`id` BIGINT, `user` STRING, `url` STRING, `amount` DECIMAL(10, 2), `at` TIMESTAMP(3), `country` STRING, `ok` BOOLEAN, `note` STRING")
}
