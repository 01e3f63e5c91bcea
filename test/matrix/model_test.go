package matrix

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// row is an input row; at is in milliseconds since epoch.
type row struct {
	id, k int
	at    int64
}

var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func stamp(ms int64) string {
	return epoch.Add(time.Duration(ms) * time.Millisecond).Format("2006-01-02 15:04:05.000")
}

// input makes rows of which a fifth comes up to forty seconds late.
func input(n int, seed uint64) []row {
	r := rand.New(rand.NewPCG(seed, 1))
	rows := make([]row, n)
	now := int64(60_000)
	for i := range rows {
		now += r.Int64N(200)
		late := int64(200)
		if r.IntN(5) == 0 {
			late = 40_000
		}
		rows[i] = row{i, r.IntN(7), now - r.Int64N(late)}
	}
	return rows
}

func csv(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%d,k%d,%s\n", r.id, r.k, stamp(r.at))
	}
	return b.String()
}

// delay is how far watermarks stay behind.
const delay = 2000

// none is before every watermark.
const none = -1 << 60

// watermarks are those before each row.
func watermarks(rows []row) []int64 {
	out := make([]int64, len(rows))
	w := int64(none)
	for i, r := range rows {
		out[i] = w
		w = max(w, r.at-delay)
	}
	return out
}

// window is how a table function cuts time.
type window struct {
	name, call string
	slice      int64 // what is aggregated at once
	// ends are the ends of the windows of a time, and how long each is.
	ends func(at int64) map[int64]int64
}

var windows = []window{
	{"TUMBLE", "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND)", 5000, func(at int64) map[int64]int64 {
		return map[int64]int64{at/5000*5000 + 5000: 5000}
	}},
	{"HOP", "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)", 5000, func(at int64) map[int64]int64 {
		out := map[int64]int64{}
		for k := range int64(4) {
			out[at/5000*5000+5000*(k+1)] = 20_000
		}
		return out
	}},
	{"CUMULATE", "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)", 5000, func(at int64) map[int64]int64 {
		start, out := at/20_000*20_000, map[int64]int64{}
		for end := at/5000*5000 + 5000; end <= start+20_000; end += 5000 {
			out[end] = end - start
		}
		return out
	}},
}

// results are the rows of SELECT k, window_start, window_end, COUNT(*), SUM(id).
func (w window) results(rows []row) map[string]int {
	type key struct {
		k          int
		start, end int64
	}
	count, sum := map[key]int{}, map[key]int{}
	marks := watermarks(rows)
	for i, r := range rows {
		for end, size := range w.ends(r.at) {
			if end-1 > marks[i] { // it has not fired
				k := key{r.k, end - size, end}
				count[k]++
				sum[k] += r.id
			}
		}
	}
	out := map[string]int{}
	for k, n := range count {
		out[fmt.Sprintf("+I[k%d, %s, %s, %d, %d]", k.k, stamp(k.start), stamp(k.end), n, sum[k])]++
	}
	return out
}

// late is numLateRecordsDropped at the end. Flink's local aggregate folds the
// rows of a key and slice into one until a watermark passes the end of a slice.
func (w window) late(rows []row, local bool) int {
	type key struct {
		k     int
		slice int64
	}
	held := map[key]bool{}
	n, trigger := 0, int64(none)
	mark := int64(none)
	for _, r := range rows {
		dropped := true
		for end := range w.ends(r.at) {
			dropped = dropped && end-1 <= mark
		}
		if at := (key{r.k, r.at / w.slice}); dropped && !(local && held[at]) {
			held[at] = true
			n++
		}
		mark = max(mark, r.at-delay)
		if mark >= trigger {
			clear(held)
			trigger = (mark+1)/w.slice*w.slice + w.slice - 1
		}
	}
	return n
}
