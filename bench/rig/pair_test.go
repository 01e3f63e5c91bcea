package rig

import "testing"

func TestPaired(t *testing.T) {
	runs := func(rates ...float64) (out []Figures) {
		for _, r := range rates {
			f := Figures{RecordsS: r, CPUPerM: 1 / max(r, 1)}
			if r == 0 {
				f.Error = "no luck"
			}
			out = append(out, f)
		}
		return out
	}
	rate := func(f Figures) float64 { return f.RecordsS }
	for _, c := range []struct {
		a, b []Figures
		want float64
		n    int
	}{
		{runs(90, 50, 110), runs(100, 100, 100), 0.9, 3},
		{runs(90, 50, 110, 95), runs(100, 100, 100, 100), 0.925, 4},
		{runs(90, 0, 110), runs(100, 100, 100), 1, 2},
		{runs(90, 50, 110), runs(0, 0, 100), 1.1, 1},
		{runs(0), runs(100), 0, 0},
	} {
		got, ratios := Paired(c.a, c.b, rate)
		if d := got - c.want; d > 1e-9 || d < -1e-9 || len(ratios) != c.n {
			t.Errorf("%v of %v, want %v of %d", got, ratios, c.want, c.n)
		}
	}
	if m := Median(runs(0, 300, 100, 200)); m.RecordsS != 200 || m.CPUPerM != 1.0/200 {
		t.Errorf("median %+v", m)
	}
	if m := Median(runs(0)); m.Error == "" {
		t.Errorf("median of failures %+v", m)
	}
}
