package nexmark

import (
	"math"
	"math/bits"
	"strconv"
)

// Constants of the public generator.
const (
	firstID        = 1000 // of persons and auctions
	firstCategory  = 10
	categories     = 5
	hotBatch       = 100 // the hot one is the first (sellers, auctions) or second (bidders) of so many
	inFlight       = 100 // auctions that bids are made for
	activePeople   = 1000
	idLead         = 10 // ids ahead of the newest that may be referred to
	channels       = 10_000
	minimumLength  = 3
	wordsOfSpecial = 13 // one character in so many is special
)

var (
	firstNames  = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames   = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
	cities      = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states      = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	hotChannels = []string{"Google", "Facebook", "Baidu", "Apple"}
)

// random is splitmix64, begun from an event's number.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	x := uint64(*r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int64) int64 {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int64(hi)
}

// price is spread evenly over the powers of ten from 1 to a million, in cents.
func (r *random) price() int64 {
	return int64(math.Round(math.Pow(10, float64(r.next()>>11)/(1<<53)*6) * 100))
}

// word appends 3 to max-1 letters, some of them special; blanks at the ends go.
func (r *random) word(dst []byte, most int64, special byte) []byte {
	from := len(dst)
	for n := minimumLength + r.below(most-minimumLength); n > 0; n-- {
		x := r.next()
		if c := x >> 32 % wordsOfSpecial; c == 0 {
			dst = append(dst, special)
		} else {
			dst = append(dst, 'a'+byte(x&0xffff%26))
		}
	}
	if special == ' ' {
		for len(dst) > from && dst[len(dst)-1] == ' ' {
			dst = dst[:len(dst)-1]
		}
		lead := from
		for lead < len(dst) && dst[lead] == ' ' {
			lead++
		}
		dst = append(dst[:from], dst[lead:]...)
	}
	return dst
}

// filler is what extra columns are cut from.
func filler() (b [1 << 16]byte) {
	r := random(4711)
	for i := range b {
		b[i] = 'a' + byte(r.below(26))
	}
	return b
}

// shape is the configuration of the events.
type shape struct {
	persons, auctions, bids             int64 // proportions
	personSize, auctionSize, bidSize    int64 // average bytes
	hotAuctions, hotBidders, hotSellers int64
	delayMicros                         float64 // between two events
	total                               int64
}

// millis is the time of an event since the base time.
func (s *shape) millis(number int64) int64 { return int64(float64(number)*s.delayMicros) / 1000 }

// kind of an event by its id: 0 person, 1 auction, 2 bid.
func (s *shape) kind(id int64) int32 {
	switch rem := id % s.total; {
	case rem < s.persons:
		return 0
	case rem < s.persons+s.auctions:
		return 1
	}
	return 2
}

// lastPerson is the newest person at an event, counted from 0.
func (s *shape) lastPerson(id int64) int64 {
	return id/s.total*s.persons + min(id%s.total, s.persons-1)
}

// lastAuction is the newest auction at an event, counted from 0.
func (s *shape) lastAuction(id int64) int64 {
	epoch, offset := id/s.total, id%s.total
	switch {
	case offset < s.persons: // the last of the epoch before
		epoch, offset = epoch-1, s.auctions-1
	case offset >= s.persons+s.auctions:
		offset = s.auctions - 1
	default:
		offset -= s.persons
	}
	return epoch*s.auctions + offset
}

// anyPerson is one of the active ones, or of those to come.
func (s *shape) anyPerson(r *random, id int64) int64 {
	people := s.lastPerson(id) + 1
	active := min(people, activePeople)
	return people - active + r.below(active+idLead)
}

// anyAuction is one of those in flight, or of those to come.
func (s *shape) anyAuction(r *random, id int64) int64 {
	last := s.lastAuction(id)
	least := max(last-inFlight, 0)
	return least + r.below(max(last, 0)-least+1+idLead)
}

// extra appends text that brings a row of so many bytes to an average size.
func (s *shape) extra(r *random, dst []byte, size, average int64) []byte {
	if size > average {
		return dst
	}
	rest := average - size
	delta := int64(math.Round(float64(rest) * 0.2))
	n := rest - delta
	if delta > 0 {
		n += r.below(2 * delta)
	}
	text := extraText()
	for n > 0 {
		k := min(n, int64(len(text))/2)
		at := r.below(int64(len(text)) - k)
		dst = append(dst, text[at:at+k]...)
		n -= k
	}
	return dst
}

// url appends the address of a channel, which is always the same.
func url(dst []byte, seed uint64) []byte {
	r := random(seed)
	dst = append(dst, "https://www.nexmark.com/"...)
	for range 3 {
		dst = append(r.word(dst, 5, '_'), '/')
	}
	return append(dst, "item.htm?query=1"...)
}

func channelURL(dst []byte, channel int64) []byte {
	dst = url(dst, uint64(channel)+1)
	r := random(uint64(channel) + channels)
	if r.below(10) > 0 {
		dst = append(dst, "&channel_id="...)
		id := int64(int32(bits.Reverse32(uint32(channel))))
		dst = strconv.AppendInt(dst, max(id, -id), 10)
	}
	return dst
}
