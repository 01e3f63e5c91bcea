package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"

	"github.com/flott/flott/bench/rig"
	"github.com/flott/flott/format"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

const batchRows = 1024

// cpu is the CPU time of this process in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// cost returns what one call of f takes, in nanoseconds of CPU time and in
// allocations.
func cost(f func() error) (ns, allocs float64, err error) {
	if err := f(); err != nil {
		return 0, 0, err
	}
	for round := range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, from, end := 0, cpu(), time.Now().Add(100*time.Millisecond)
		for time.Now().Before(end) {
			for range 64 {
				if err := f(); err != nil {
					return 0, 0, err
				}
			}
			n += 64
		}
		used := float64(cpu()-from) / float64(n)
		runtime.ReadMemStats(&after)
		if round == 0 || used < ns {
			ns = used
		}
		allocs = float64((after.Mallocs - before.Mallocs) / uint64(n))
	}
	return ns, allocs, nil
}

// kernels measures compiled expressions over numbers.
func kernels(report *rig.Report) error {
	rig.Say("kernels")
	r := rand.New(rand.NewPCG(3, 4))
	ts := []types.Type{types.TInt, types.TInt, types.TBigInt, types.TBigInt, types.TDouble, types.TDouble, {Kind: types.SmallInt}, types.TFloat,
		types.DecimalOf(8, 2), types.DecimalOf(8, 2), types.DecimalOf(30, 6), types.DecimalOf(30, 6)}
	const plain = 8 // types before the DECIMALs
	batch := vector.NewBatch(ts, batchRows)
	for range batchRows {
		for _, k := range []int{0, 1} {
			vector.Append(batch.Cols[k], int32(r.IntN(20000)-10000)|1) // no zeros: they are divisors, too
		}
		for _, k := range []int{2, 3} {
			vector.Append(batch.Cols[k], r.Int64N(1e12)-5e11|1)
		}
		for _, k := range []int{4, 5} {
			vector.Append(batch.Cols[k], r.Float64()*1e6-5e5)
		}
		vector.Append(batch.Cols[6], int16(r.IntN(1000)))
		vector.Append(batch.Cols[7], float32(r.Float64()))
		for _, k := range []int{8, 9} {
			vector.Append(batch.Cols[k], 1+r.Int64N(1e8-1))
		}
		for _, k := range []int{10, 11} {
			vector.Append(batch.Cols[k], types.MulInt64(1+r.Int64N(1e15), 1e9))
		}
	}
	batch.SetLen(batchRows)
	column := func(k int) spec.Expr { return spec.Col(k, ts[k]) }
	worst, where, decimals := 0.0, "", 0.0
	measure := func(name string, e spec.Expr) error {
		p, err := expr.Compile(e, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ns, allocs, err := cost(func() error { _, err := p.Eval(batch); return err })
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if allocs > 0 {
			return fmt.Errorf("%s allocates %.0f times a batch", name, allocs)
		}
		ns /= batchRows
		report.Row("kernels", name, ns, "", "")
		if e.Args[0].Type.Kind == types.Decimal {
			decimals = max(decimals, ns)
		} else if ns > worst {
			worst, where = ns, name
		}
		return nil
	}
	call := func(op string, args ...spec.Expr) (spec.Expr, error) {
		def, list := function.Find(op), make([]function.Arg, len(args))
		for i, a := range args {
			list[i] = function.Arg{Type: a.Type}
		}
		sig, err := def.Resolve(list)
		return spec.Expr{Call: def.Name, Args: args, Type: sig.Result}, err
	}
	for _, op := range []string{"+", "-", "*", "/", "%", "=", "<>", "<", ">="} {
		for _, k := range []int{0, 2, 4, 8, 10} {
			if op == "%" && k == 4 {
				continue // Flink has none
			}
			e, err := call(op, column(k), column(k+1))
			if err != nil {
				return err
			}
			if err := measure(fmt.Sprintf("%s %s %s", ts[k], op, ts[k]), e); err != nil {
				return err
			}
		}
	}
	for from, a := range ts[:plain] {
		for _, to := range ts[:plain] {
			if a.Kind == to.Kind {
				continue
			}
			e := spec.Expr{Call: "CAST", Args: []spec.Expr{column(from)}, Type: to}
			if from%2 == 0 || from > 5 {
				if err := measure(fmt.Sprintf("%s → %s", a, to), e); err != nil {
					return err
				}
			}
		}
	}
	report.AtMost("kernels: ns a row, most ("+where+")", worst, 1.5, " ns")
	report.Note("Kernels of DECIMALs take up to %.3g ns a row: quotients and products of more than 18 digits.", decimals)
	return nil
}

// record is one of 8 fields and 200 bytes.
type record struct {
	id      int64
	user    string
	url     string
	amount  int
	at      time.Time
	country string
	ok      bool
	note    string
}

const (
	schema = "id BIGINT, user STRING, url STRING, amount DECIMAL(10, 2), at TIMESTAMP(3), country STRING, ok BOOLEAN, note STRING"
	filler = "the quick brown fox jumps over the lazy dog and runs away into the deep dark forest behind the hills of the old town by the sea side"
)

func someRecord(r *rand.Rand) record {
	return record{1e9 + r.Int64N(1e9), fmt.Sprintf("user-%d", r.IntN(100000)), fmt.Sprintf("/%s/%d", words[r.IntN(len(words))], r.IntN(1000)), r.IntN(1e7), moment(r),
		[]string{"DE", "FR", "JP", "US"}[r.IntN(4)], r.IntN(2) == 0, ""}
}

func (x record) json() string {
	note := func(n int) string {
		return fmt.Sprintf(`{"id":%d,"user":"%s","url":"%s","amount":%d.%02d,"at":"%s","country":"%s","ok":%v,"note":"%s"}`, x.id, x.user, x.url, x.amount/100, x.amount%100,
			x.at.Format("2006-01-02 15:04:05.000"), x.country, x.ok, filler[:n])
	}
	return note(max(0, 200-len(note(0))))
}

func (x record) csv() string {
	note := func(n int) string {
		return fmt.Sprintf(`%d,%s,%s,%d.%02d,%s,%s,%v,%s`, x.id, x.user, x.url, x.amount/100, x.amount%100, x.at.Format("2006-01-02 15:04:05.000"), x.country, x.ok, filler[:n])
	}
	return note(max(0, 200-len(note(0))))
}

// decoders measures the formats over batches of different records.
func decoders(report *rig.Report) error {
	rig.Say("decoders")
	row, err := types.Parse("ROW<" + schema + ">")
	if err != nil {
		return err
	}
	var all []format.Column
	for _, c := range row.Fields {
		all = append(all, format.Column{Name: c.Name, Type: c.Type})
	}
	for _, t := range []struct {
		format string
		text   func(record) string
		want   float64
	}{{"json", record.json, 6}, {"csv", record.csv, 8}} {
		for _, wanted := range [][]format.Column{all, {all[0], all[3], all[4]}} {
			r := rand.New(rand.NewPCG(5, 6))
			d, err := format.Find(t.format).NewDecoder(option.Set{}, wanted, format.Env{Zone: time.UTC, All: all})
			if err != nil {
				return err
			}
			var base []byte
			ends := []uint32{0}
			for range batchRows {
				base = append(base, t.text(someRecord(r))...)
				ends = append(ends, uint32(len(base)))
			}
			var ts []types.Type
			for _, c := range wanted {
				ts = append(ts, c.Type)
			}
			out := vector.NewBatch(ts, batchRows)
			ns, allocs, err := cost(func() error {
				out.Reset()
				d.Begin(out, base, true)
				for i := range batchRows {
					if _, err := d.Decode(ends[i], ends[i+1]-ends[i]); err != nil {
						return err
					}
				}
				out.SetLen(batchRows)
				return nil
			})
			if err != nil {
				return fmt.Errorf("%s: %w", t.format, err)
			}
			if allocs > 0 {
				return fmt.Errorf("%s allocates %.0f times a batch", t.format, allocs)
			}
			ns /= batchRows
			name := fmt.Sprintf("%s, %d of 8 fields of %d bytes", t.format, len(wanted), len(base)/batchRows)
			report.Row("decoders", name, ns, "", "")
			report.AtLeast("decoders: "+name, 1e3/ns, t.want, " M records/s")
		}
	}
	return nil
}
