package nexmark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func columns(names ...string) (out []connector.Column) {
	for _, n := range names {
		t := types.TInt
		if fields := schema[n]; fields != nil {
			var fs []types.Field
			for _, f := range fields {
				ft := map[types.Kind]types.Type{types.BigInt: types.TBigInt, types.Varchar: types.TString, types.TimestampNTZ: types.TimestampOf(3)}[f.kind]
				fs = append(fs, types.Field{Name: f.name, Type: ft})
			}
			t = types.RowOf(fs...)
		}
		out = append(out, connector.Column{Name: n, Type: t})
	}
	return out
}

var all = []string{"event_type", "person", "auction", "bid"}

// read returns all events as text, in the order of their numbers; stop > 0
// snapshots and goes on in a new reader after so many batches.
func read(t *testing.T, o option.Set, parallelism, batch, stop int, names ...string) []string {
	t.Helper()
	s, err := newSource(connector.Table{Options: o, Physical: columns(names...)})
	if err != nil {
		t.Fatal(err)
	}
	env := connector.Env{Parallelism: parallelism, BatchSize: batch}
	e, err := s.Enumerator(env)
	if err != nil {
		t.Fatal(err)
	}
	splits, _, err := e.Discover(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	type numbered struct {
		n    int
		text string
	}
	var out []numbered
	for lane, split := range splits {
		open := func(splits []connector.Split) connector.Reader {
			r, err := s.Reader(env, columns(names...))
			if err != nil {
				t.Fatal(err)
			}
			if err := r.AddSplits(splits); err != nil {
				t.Fatal(err)
			}
			r.NoMoreSplits()
			return r
		}
		r := open([]connector.Split{split})
		for k, batches := 0, 1; ; batches++ {
			b, _, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Len() {
				var cells []string
				for _, c := range b.Cols {
					cells = append(cells, string(vector.AppendText(nil, c, i, types.UTC)))
				}
				out = append(out, numbered{lane + k*parallelism, strings.Join(cells, "|")})
				k++
			}
			if batches == stop {
				snap, err := r.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				r.Close()
				r = open(snap)
			}
		}
		r.Close()
	}
	sort.Slice(out, func(i, k int) bool { return out[i].n < out[k].n })
	texts := make([]string, len(out))
	for i, x := range out {
		texts[i] = x.text
	}
	return texts
}

var fixed = option.Set{"events.num": "5000", "base-time": "2015-07-15 00:00:00", "first-event.rate": "1000"}

// Event i is always the same, whoever makes it, in whatever batches, before and
// after a restart, and whatever else is read of it.
func TestSameEvents(t *testing.T) {
	want := read(t, fixed, 1, 1024, 0, all...)
	if len(want) != 5000 {
		t.Fatalf("%d events", len(want))
	}
	for _, x := range []struct{ parallelism, batch, stop int }{{1, 7, 0}, {3, 1024, 0}, {4, 5, 9}, {1, 100, 3}} {
		got := read(t, fixed, x.parallelism, x.batch, x.stop, all...)
		if len(got) != len(want) {
			t.Fatalf("%+v: %d events, want %d", x, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%+v: event %d is\n%s\nwant\n%s", x, i, got[i], want[i])
			}
		}
	}
	bids := read(t, fixed, 1, 1024, 0, "bid")
	for i := range want {
		if _, bid, _ := strings.Cut(want[i], "|NULL|NULL|"); strings.HasPrefix(want[i], "2|") && bids[i] != bid {
			t.Fatalf("bid of event %d read alone: %s, want %s", i, bids[i], bid)
		}
	}
}

// The first events have the kinds, ids and times of the public generator's.
func TestLikeThePublicGenerator(t *testing.T) {
	events := read(t, fixed, 1, 1024, 0, all...)
	var kinds [3]int
	lastAuction, lastPerson := int64(1000), int64(999)
	for i, e := range events {
		f := strings.SplitN(e, "|", 4)
		var kind int
		fmt.Sscan(f[0], &kind)
		kinds[kind]++
		row := strings.Split(strings.Trim(f[kind+1], "()"), ", ")
		var id int64
		fmt.Sscan(row[0], &id)
		at := time.UnixMilli(time.Date(2015, 7, 15, 0, 0, 0, 0, time.UTC).UnixMilli() + int64(i+1)).UTC().Format("2006-01-02 15:04:05.000")
		if !strings.Contains(f[kind+1], at) {
			t.Fatalf("event %d is not of %s: %s", i, at, e)
		}
		switch kind {
		case 0:
			if lastPerson++; lastPerson == 1000 {
				lastPerson = 1001 // person 1000 would be event 0, before the first
			}
			if id != lastPerson {
				t.Fatalf("event %d is person %d, want %d", i, id, lastPerson)
			}
		case 1:
			if lastAuction++; id != lastAuction {
				t.Fatalf("event %d is auction %d, want %d", i, id, lastAuction)
			}
		}
	}
	if kinds != [3]int{100, 300, 4600} { // 1:3:46 of 50
		t.Errorf("%v persons, auctions, bids", kinds)
	}
}

func TestHotRatios(t *testing.T) {
	bids := read(t, option.Set{"events.num": "50000", "base-time": "2015-07-15"}, 1, 1024, 0, "bid")
	hot, hotBidder, channel, n := 0, 0, 0, 0
	s, err := newShape(option.Set{})
	if err != nil {
		t.Fatal(err)
	}
	var prices float64
	for i, b := range bids {
		if b == "NULL" {
			continue
		}
		n++
		var auction, bidder, price int64
		fmt.Sscanf(strings.ReplaceAll(strings.TrimPrefix(b, "("), ",", ""), "%d %d %d", &auction, &bidder, &price)
		if auction == max(s.lastAuction(int64(i+2)), 0)/100*100+1000 {
			hot++
		}
		if bidder == s.lastPerson(int64(i+2))/100*100+2001 {
			hotBidder++
		}
		if strings.Contains(b, ", channel-") {
			channel++
		}
		prices += math.Log10(float64(price) / 100)
	}
	for what, x := range map[string][2]float64{
		"hot auctions":            {float64(hot) / float64(n), 1.0 / 2},
		"hot bidders":             {float64(hotBidder) / float64(n), 3.0 / 4},
		"channels with a number":  {float64(channel) / float64(n), 1.0 / 2},
		"middle of the log price": {prices / float64(n), 3},
	} {
		if math.Abs(x[0]-x[1]) > 0.02*max(1, x[1]) {
			t.Errorf("%s: %.3f, want about %.3f", what, x[0], x[1])
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, x := range []struct {
		options option.Set
		columns []connector.Column
		want    string
	}{
		{option.Set{"bid.proportion": "0"}, nil, "'bid.proportion' = '0'"},
		{option.Set{"first-event.rate": "0"}, nil, "'first-event.rate' = '0'"},
		{option.Set{"base-time": "yesterday"}, nil, "'base-time' = 'yesterday'"},
		{option.Set{"events.num": "-1"}, nil, "'events.num' = '-1'"},
		{nil, []connector.Column{{Name: "seller", Type: types.TBigInt}}, `no column "seller"`},
		{nil, []connector.Column{{Name: "bid", Type: types.TString}}, "ROW of 7 fields"},
		{nil, []connector.Column{{Name: "event_type", Type: types.TBigInt}}, "is an INT"},
	} {
		_, err := newSource(connector.Table{Options: x.options, Physical: x.columns})
		var d *diag.Error
		if !errors.As(err, &d) || !strings.Contains(d.Message, x.want) {
			t.Errorf("%v %v: %v, want %s", x.options, x.columns, err, x.want)
		}
	}
}

func BenchmarkEvents(b *testing.B) {
	s, err := newSource(connector.Table{Options: option.Set{"base-time": "2015-07-15"}, Physical: columns(all...)})
	if err != nil {
		b.Fatal(err)
	}
	r, err := s.Reader(connector.Env{Parallelism: 1, BatchSize: 1024}, columns(all...))
	if err != nil {
		b.Fatal(err)
	}
	r.AddSplits([]connector.Split{lane{"l", 0, 1, math.MaxInt64 / 2, 0}.split()})
	b.ReportAllocs()
	for n := 0; n < b.N; n += 1024 {
		r.Next()
	}
}
