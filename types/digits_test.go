package types

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestEightDigits takes all numbers of eight digits that share none of their
// halves, and so each half that there is.
func TestEightDigits(t *testing.T) {
	for v := range uint32(10_000) {
		for _, v := range []uint32{v, v * 10_000, v*10_000 + (9_999 - v)} {
			var b [8]byte
			putEight(b[:], v)
			want := strconv.Itoa(int(v))
			if want = strings.Repeat("0", 8-len(want)) + want; string(b[:]) != want {
				t.Fatalf("%d: %q", v, b)
			}
		}
	}
}

// TestAppendInt compares with strconv.
func TestAppendInt(t *testing.T) {
	values := []int64{0, math.MaxInt64, math.MinInt64}
	for p := int64(1); p > 0 && p <= 1e18; p *= 10 {
		values = append(values, p-1, p, p+1, -p, 1-p)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		values = append(values, int64(r.Uint64())>>r.IntN(64))
	}
	for _, v := range values {
		if got, want := string(AppendInt([]byte("x"), v)), "x"+strconv.FormatInt(v, 10); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}

// FuzzAppendShort compares with strconv.
func FuzzAppendShort(f *testing.F) {
	for _, x := range []float64{0.001, 0.1, 0.3, 1.1, 3, 9.5, 123456, 9999999, 999999.9999999999, math.Nextafter(1, 0), math.Nextafter(1e7, 0), math.Nextafter(8, 9), 0.1 + 0.2} {
		f.Add(math.Float64bits(x))
	}
	f.Fuzz(func(t *testing.T, raw uint64) { checkShort(t, math.Float64frombits(raw)) })
}

// TestAppendShort compares many numbers with strconv.
func TestAppendShort(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300_000 {
		x := math.Exp(r.Float64()*23 - 6.9)
		checkShort(t, x)
		digits := math.Pow(10, float64(r.IntN(8)))
		checkShort(t, math.Round(x*digits)/digits)
	}
}

func checkShort(t *testing.T, x float64) {
	t.Helper()
	if !(x >= 1e-3 && x < 1e7) || math.Float64bits(x)<<12 == 0 {
		return
	}
	want := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(want, ".") {
		want += ".0"
	}
	if got := string(appendShort(nil, x)); got != want {
		t.Fatalf("%s, want %s", got, want)
	}
}
