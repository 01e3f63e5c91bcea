package rig

import "slices"

// Median is the median of each figure over the runs that did not fail; without
// any it is the first failure.
func Median(runs []Figures) Figures {
	good := slices.DeleteFunc(slices.Clone(runs), func(f Figures) bool { return f.Error != "" })
	if len(good) == 0 {
		return runs[0]
	}
	m := good[0]
	for _, field := range []func(*Figures) *float64{
		func(f *Figures) *float64 { return &f.FirstS },
		func(f *Figures) *float64 { return &f.RecordsS },
		func(f *Figures) *float64 { return &f.MBS },
		func(f *Figures) *float64 { return &f.CPUPerM },
		func(f *Figures) *float64 { return &f.BrokerCPUPerM },
		func(f *Figures) *float64 { return &f.PeakMB },
		func(f *Figures) *float64 { return &f.EndMB },
	} {
		var all []float64
		for i := range good {
			all = append(all, *field(&good[i]))
		}
		*field(&m) = middle(all)
	}
	return m
}

// Paired are the ratios of what a and b measured in the same rounds, and their
// median. What disturbs a machine for longer than a round disturbs both of a
// pair, so the median tells differences of a few percent, which Best does not.
// Rounds in which one of them failed are left out.
func Paired(a, b []Figures, measure func(Figures) float64) (median float64, ratios []float64) {
	for i := range a {
		if a[i].Error == "" && b[i].Error == "" {
			ratios = append(ratios, Ratio(measure(a[i]), measure(b[i])))
		}
	}
	return middle(ratios), ratios
}

// middle is the median, 0 of nothing.
func middle(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}
