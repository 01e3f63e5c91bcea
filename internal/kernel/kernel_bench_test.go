package kernel

import (
	"testing"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

const benchRows = 1024

func column[T vector.Fixed](t types.Type, f func(i int) T) *vector.Vector {
	v := vector.New(t, benchRows)
	for i := range benchRows {
		vector.Append(v, f(i))
	}
	return v
}

func perRow(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func BenchmarkAddVV(b *testing.B) {
	x, y, out := make([]int64, benchRows), make([]int64, benchRows), make([]int64, benchRows)
	for b.Loop() {
		Add(out, x, y)
	}
	perRow(b)
}

func BenchmarkMulVC(b *testing.B) {
	x, out := make([]float64, benchRows), make([]float64, benchRows)
	for b.Loop() {
		Mul(out, x, []float64{3})
	}
	perRow(b)
}

func BenchmarkLessVC(b *testing.B) {
	x := column(types.TBigInt, func(i int) int64 { return int64(i) })
	c := vector.New(types.TBigInt, 1)
	vector.Append(c, int64(500))
	c.Const = true
	out, less := make([]bool, benchRows), Comparison(Less, types.TBigInt, types.TBigInt)
	for b.Loop() {
		less(out, x, c)
	}
	perRow(b)
}

func BenchmarkIntToDouble(b *testing.B) {
	x, out := column(types.TInt, func(i int) int32 { return int32(i) }), vector.New(types.TDouble, benchRows)
	out.Resize(benchRows)
	convert := NumberConversion(types.PhysInt32, types.PhysFloat64)
	for b.Loop() {
		convert(out, x)
	}
	perRow(b)
}

func BenchmarkDoubleToInt(b *testing.B) {
	x, out := column(types.TDouble, func(i int) float64 { return float64(i) * 1.5 }), vector.New(types.TInt, benchRows)
	out.Resize(benchRows)
	convert := NumberConversion(types.PhysFloat64, types.PhysInt32)
	for b.Loop() {
		convert(out, x)
	}
	perRow(b)
}

func BenchmarkDecimalAdd(b *testing.B) {
	t := types.DecimalOf(10, 2)
	x, r := column(t, func(i int) int64 { return int64(i) }), types.DecimalAddType(t, t)
	out, add := vector.New(r, benchRows), AddDecimals(t, t, r, false)
	out.Resize(benchRows)
	for b.Loop() {
		add(out, x, x)
	}
	perRow(b)
}

func BenchmarkRows(b *testing.B) {
	x := make([]bool, benchRows)
	for i := range x {
		x[i] = i*2654435761>>7&3 != 0
	}
	var sel []int32
	for b.Loop() {
		sel = Rows(sel[:0], x, nil)
	}
	perRow(b)
}

func BenchmarkEqualStringConstant(b *testing.B) {
	v, c := vector.New(types.TString, benchRows), vector.New(types.TString, 1)
	for i := range benchRows {
		v.AppendString([]string{"click", "view", "purchase", "order"}[i&3])
	}
	c.AppendString("view")
	c.Const = true
	out, equal := make([]bool, benchRows), Comparison(Equal, types.TString, types.TString)
	for b.Loop() {
		equal(out, v, c)
	}
	perRow(b)
}
