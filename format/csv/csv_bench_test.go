package csv

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
)

// order is a record of 8 fields and 200 bytes.
func order(r *rand.Rand) string {
	s := fmt.Sprintf("%d,user-%d,/%s/%d,%d.%02d,%s,DE,%v,", 1_000_000_000+r.IntN(1e9), r.IntN(1e5), strings.Repeat("p", 3+r.IntN(8)), r.IntN(1000), r.IntN(1e5), r.IntN(100),
		time.UnixMilli(1_500_000_000_000+r.Int64N(300_000_000_000)).UTC().Format("2006-01-02 15:04:05.000"), r.IntN(2) == 0)
	return s + strings.Repeat("the quick ", 20)[:200-len(s)]
}

// benchmarkOrders decodes batches of different records; ns/record is that of the
// quickest batch.
func benchmarkOrders(b *testing.B, wanted string) {
	all := columns(b, "`id` BIGINT, `user` STRING, `url` STRING, `amount` DECIMAL(10, 2), `at` TIMESTAMP(3), `country` STRING, `ok` BOOLEAN, `note` STRING")
	cols := pick(all, wanted)
	d, err := newDecoder(option.Set{}, cols, format.Env{All: all})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var base []byte
	for range 1024 {
		base = append(base, order(r)...)
	}
	batch := batchOf(cols)
	least := time.Hour
	for b.Loop() {
		batch.Reset()
		start := time.Now()
		d.Begin(batch, base, true)
		for i := range uint32(1024) {
			if _, err := d.Decode(i*200, 200); err != nil {
				b.Fatal(err)
			}
		}
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(least)/1024, "ns/record")
}

func BenchmarkOrders(b *testing.B)      { benchmarkOrders(b, "id user url amount at country ok note") }
func BenchmarkOrdersThree(b *testing.B) { benchmarkOrders(b, "id amount at") }
