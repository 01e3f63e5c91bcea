package metrics

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/sql/parser"
)

// BenchmarkScraped runs a pass-through job and scrapes it each second in every
// other window of two seconds: rows per second of processor time with scraping,
// in percent of those without, the median of the pairs. The scraper's own time is
// part of it.
func BenchmarkScraped(b *testing.B) {
	address := "127.0.0.1:19249"
	e, err := engine.Open(engine.Options{Metrics: address})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	const script = `CREATE TABLE a (x INT, s STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'fields.s.length' = '10');
		CREATE TABLE c (x INT, s STRING) WITH ('connector' = 'blackhole'); INSERT INTO c SELECT x, s FROM a WHERE x > 10;`
	s, err := e.Session(script)
	if err != nil {
		b.Fatal(err)
	}
	for p := range parser.Split(script) {
		if _, errs := s.Execute(b.Context(), p); errs != nil {
			b.Fatal(errs[0])
		}
	}
	figure := func(scope metrics.Scope, name string) float64 { v, _ := sum(e.Metrics(), scope, name); return v }
	window := func(scrape bool) float64 {
		rows, cpu := figure(metrics.Task, "numRecordsOut"), figure(metrics.JobManager, "Status.JVM.CPU.Time")
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for range 2 {
			<-tick.C
			if !scrape {
				continue
			}
			a, err := http.Get("http://" + address + "/metrics")
			if err != nil {
				b.Fatal(err)
			}
			n, _ := io.Copy(io.Discard, a.Body)
			a.Body.Close()
			b.ReportMetric(float64(n), "bytes/scrape")
		}
		return (figure(metrics.Task, "numRecordsOut") - rows) / (figure(metrics.JobManager, "Status.JVM.CPU.Time") - cpu)
	}
	window(false)
	var ratios []float64
	for b.Loop() {
		without, with := window(false), window(true)
		ratios = append(ratios, 100*with/without)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "%")
}
