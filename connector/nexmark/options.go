package nexmark

import (
	"fmt"
	"sync"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

var (
	firstRate    = option.Option{Key: "first-event.rate", Kind: option.Int, Default: "10000", Help: "Events a second of event time, over all readers."}
	nextRate     = option.Option{Key: "next-event.rate", Kind: option.Int, Default: "10000", Help: "Accepted; the rate does not change."}
	rateLimited  = option.Option{Key: "rate.limited", Kind: option.Bool, Default: "false", Help: "Let events out at the rate by the clock, not as fast as they are taken."}
	ratePeriod   = option.Option{Key: "rate.period", Kind: option.Duration, Default: "600 s", Help: "Accepted; the rate does not change."}
	rateShape    = option.Option{Key: "rate.shape", Kind: option.Enum, Default: "SQUARE", Values: []string{"SQUARE", "SINE"}, Help: "Accepted; the rate does not change."}
	events       = option.Option{Key: "events.num", Kind: option.Int, Default: "0", Help: "Events in all; 0 = no end."}
	stopAt       = option.Option{Key: "stop-at", Kind: option.Int, Default: "-1", Help: "Ends after so many events, if that is less; -1 = not."}
	keepAlive    = option.Option{Key: "keep-alive", Kind: option.Bool, Default: "false", Help: "Accepted; a source that has sent all events ends."}
	maxEmitSpeed = option.Option{Key: "max-emit-speed", Kind: option.Bool, Default: "true", Help: "Accepted; rate.limited says whether there is a limit."}
	personShare  = option.Option{Key: "person.proportion", Kind: option.Int, Default: "1", Help: "Share of persons."}
	auctionShare = option.Option{Key: "auction.proportion", Kind: option.Int, Default: "3", Help: "Share of auctions."}
	bidShare     = option.Option{Key: "bid.proportion", Kind: option.Int, Default: "46", Help: "Share of bids."}
	personSize   = option.Option{Key: "person.avg-size", Kind: option.Memory, Default: "200b", Help: "Average bytes of a person."}
	auctionSize  = option.Option{Key: "auction.avg-size", Kind: option.Memory, Default: "500b", Help: "Average bytes of an auction."}
	bidSize      = option.Option{Key: "bid.avg-size", Kind: option.Memory, Default: "100b", Help: "Average bytes of a bid."}
	hotAuctions  = option.Option{Key: "bid.hot-ratio.auctions", Kind: option.Int, Default: "2", Help: "One bid in so many is not for a hot auction."}
	hotBidders   = option.Option{Key: "bid.hot-ratio.bidders", Kind: option.Int, Default: "4", Help: "One bid in so many is not by a hot bidder."}
	hotSellers   = option.Option{Key: "auction.hot-ratio.sellers", Kind: option.Int, Default: "4", Help: "One auction in so many is not by a hot seller."}
	baseTime     = option.Option{Key: "base-time", Kind: option.String, Help: "Time of event 0, UTC, e.g. 2015-07-15 00:00:00; default: when the job first starts."}
)

func init() {
	connector.Register(&connector.Connector{
		Name: "nexmark",
		Help: "A source of the Nexmark benchmark's events: persons, auctions, bids. Event i is always the same.",
		Options: []option.Option{firstRate, nextRate, rateLimited, ratePeriod, rateShape, events, stopAt, keepAlive, maxEmitSpeed, personShare, auctionShare, bidShare,
			personSize, auctionSize, bidSize, hotAuctions, hotBidders, hotSellers, baseTime},
		NewSource: newSource,
	})
}

var extraText = sync.OnceValue(func() []byte { b := filler(); return b[:] })

func wrong(key, value, want string) error {
	return &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: fmt.Sprintf("'%s' = '%s' is not %s", key, value, want)}
}

func newShape(o option.Set) (*shape, error) {
	s := &shape{personSize: o.Bytes(personSize), auctionSize: o.Bytes(auctionSize), bidSize: o.Bytes(bidSize)}
	for opt, to := range map[*option.Option]*int64{&personShare: &s.persons, &auctionShare: &s.auctions, &bidShare: &s.bids,
		&hotAuctions: &s.hotAuctions, &hotBidders: &s.hotBidders, &hotSellers: &s.hotSellers} {
		if *to = o.Int(*opt); *to < 1 || *to > 1_000_000 {
			return nil, wrong(opt.Key, o.Text(*opt), "a number from 1 to 1000000")
		}
	}
	rate := o.Int(firstRate)
	if rate < 1 {
		return nil, wrong(firstRate.Key, o.Text(firstRate), "a positive number")
	}
	s.total, s.delayMicros = s.persons+s.auctions+s.bids, 1e6/float64(rate)
	return s, nil
}

// base returns the base time in milliseconds, ok = false if it is not set.
func base(o option.Set) (ms int64, ok bool, err error) {
	text, given := o.Get(baseTime)
	if !given || text == "" {
		return 0, false, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999", "2006-01-02T15:04:05.999Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), true, nil
		}
	}
	return 0, false, wrong(baseTime.Key, text, "a time such as 2015-07-15 00:00:00")
}

// schema holds the columns that there are, with the kinds of their fields.
var schema = map[string][]struct {
	name string
	kind types.Kind
}{
	"person":  {{"id", types.BigInt}, {"name", types.Varchar}, {"emailAddress", types.Varchar}, {"creditCard", types.Varchar}, {"city", types.Varchar}, {"state", types.Varchar}, {"dateTime", types.TimestampNTZ}, {"extra", types.Varchar}},
	"auction": {{"id", types.BigInt}, {"itemName", types.Varchar}, {"description", types.Varchar}, {"initialBid", types.BigInt}, {"reserve", types.BigInt}, {"dateTime", types.TimestampNTZ}, {"expires", types.TimestampNTZ}, {"seller", types.BigInt}, {"category", types.BigInt}, {"extra", types.Varchar}},
	"bid":     {{"auction", types.BigInt}, {"bidder", types.BigInt}, {"price", types.BigInt}, {"channel", types.Varchar}, {"url", types.Varchar}, {"dateTime", types.TimestampNTZ}, {"extra", types.Varchar}},
}

// check refuses columns that the generator does not make.
func check(c connector.Column) error {
	no := func(what, help string) error {
		return &diag.Error{Code: "nexmark-column", Stage: diag.StageValidate, Message: "nexmark: " + what, Help: help}
	}
	if c.Name == "event_type" {
		if c.Type.Kind != types.Int {
			return no("column event_type is an INT, not "+c.Type.String(), "")
		}
		return nil
	}
	fields, ok := schema[c.Name]
	if !ok {
		return no(fmt.Sprintf("there is no column %q", c.Name), "the columns are event_type, person, auction and bid")
	}
	if c.Type.Kind != types.Row || len(c.Type.Fields) != len(fields) {
		return no(fmt.Sprintf("column %s is a ROW of %d fields, not %s", c.Name, len(fields), c.Type), "see the reference of the connector")
	}
	for i, f := range fields {
		got := c.Type.Fields[i]
		if got.Name != f.name || got.Type.Kind != f.kind || f.kind == types.TimestampNTZ && got.Type.Precision > 3 {
			return no(fmt.Sprintf("field %d of column %s is %s, not %s %s", i+1, c.Name, f.name, got.Name, got.Type), "numbers are BIGINT, texts STRING, times TIMESTAMP(3)")
		}
	}
	return nil
}
