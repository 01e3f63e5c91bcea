package state

import (
	"bytes"
	"io"
	"testing"

	"github.com/flott/flott/types"
)

// BenchmarkSnapshot writes and restores a table of a million BIGINT keys with
// records of 24 bytes.
func BenchmarkSnapshot(b *testing.B) {
	const n = 1_000_000
	d := TableDesc{Name: "t", Key: []types.Type{types.TBigInt}, Width: 24}
	st := backend(b, 1<<30)
	tab, _, err := st.Table(d)
	if err != nil {
		b.Fatal(err)
	}
	values := make([]int64, 1000)
	for x := int64(0); x < n; x += 1000 {
		for i := range values {
			values[i] = x + int64(i)
		}
		if err := tab.GetBatch(keysOf(tab.Codec(), values), make([]uint32, 1000), make([]bool, 1000)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if err := st.Snapshot(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
	})
	var buf bytes.Buffer
	if err := st.Snapshot(&buf); err != nil {
		b.Fatal(err)
	}
	b.Run("restore", func(b *testing.B) {
		b.ReportMetric(float64(buf.Len())/n, "B/key")
		for b.Loop() {
			to := NewBackend(reserve(b, 1<<30), 16, KeyGroupRange{0, 15})
			if err := to.Restore(fileOf("x", buf.Bytes())); err != nil {
				b.Fatal(err)
			}
			if _, _, err := to.Table(d); err != nil {
				b.Fatal(err)
			}
			to.Close()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
	})
}
