package types

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // zones work in a container without a zone database
)

// Zone is a time zone with Java's rules for local times. It is immutable and
// safe for concurrent use.
type Zone struct {
	name string
	loc  *time.Location
	// spans are the stretches of constant offset, in order, up to lastYear; the
	// first one begins at the beginning of time.
	spans    []zoneSpan
	standard int64        // the offset without daylight saving time, in ms
	hint     atomic.Int32 // the span of the last question
}

type zoneSpan struct {
	start      int64 // instant in ms
	localStart int64 // first local time in ms that belongs to this span
	offset     int64 // ms to add to an instant
}

// lastYear is the year up to which a zone's changes are looked up in advance.
const lastYear = 2100

// UTC is the zone of no offset.
var UTC = &Zone{name: "UTC", loc: time.UTC, spans: []zoneSpan{{start: math.MinInt64, localStart: math.MinInt64}}}

var zones sync.Map // id to *Zone

// LoadZone returns the zone of an id as Java's ZoneId.of understands it: a
// region such as Europe/Berlin, UTC, GMT, Z, an offset such as +08:00 or -5,
// or GMT, UTC or UT with an offset, such as GMT+08:00.
func LoadZone(id string) (*Zone, error) {
	if z, ok := zones.Load(id); ok {
		return z.(*Zone), nil
	}
	z, err := loadZone(id)
	if err != nil {
		return nil, err
	}
	kept, _ := zones.LoadOrStore(id, z)
	return kept.(*Zone), nil
}

func loadZone(id string) (*Zone, error) {
	switch id {
	case "Z", "UTC", "GMT", "UT":
		return &Zone{name: id, loc: time.UTC, spans: UTC.spans}, nil
	}
	prefix := ""
	for _, p := range []string{"UTC", "GMT", "UT"} {
		if strings.HasPrefix(id, p) && len(id) > len(p) && (id[len(p)] == '+' || id[len(p)] == '-') {
			prefix = p
			break
		}
	}
	if rest := id[len(prefix):]; rest != "" && (rest[0] == '+' || rest[0] == '-') {
		sec, ok := parseOffset(rest)
		if !ok {
			return nil, fmt.Errorf("unknown time zone %q", id)
		}
		return fixedZone(prefix+formatOffset(sec), sec), nil
	}
	if id == "" || id == "Local" {
		return nil, fmt.Errorf("unknown time zone %q", id)
	}
	loc, err := time.LoadLocation(id)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", id)
	}
	return ZoneOf(loc), nil
}

// IsSessionZone reports whether Flink takes id for table.local-time-zone: a
// region or GMT with an offset, but neither +08:00 nor UTC+8.
func IsSessionZone(id string) bool {
	if _, err := LoadZone(id); err != nil {
		return false
	}
	return id != "Z" && id[0] != '+' && id[0] != '-' && !strings.HasPrefix(id, "UTC+") && !strings.HasPrefix(id, "UTC-") &&
		!strings.HasPrefix(id, "UT+") && !strings.HasPrefix(id, "UT-")
}

// ZoneOf returns the zone of a Go location.
func ZoneOf(loc *time.Location) *Zone {
	z := &Zone{name: loc.String(), loc: loc}
	t := time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	for {
		_, sec := t.Zone()
		_, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			// Beyond 2037 ZoneBounds stands still on the last day of a leap year.
			end = t.Add(24 * time.Hour)
		}
		s := zoneSpan{start: t.UnixMilli(), offset: int64(sec) * 1000}
		if len(z.spans) == 0 {
			s.start, s.localStart = math.MinInt64, math.MinInt64
		} else {
			// In a gap and in an overlap the offset before the change counts.
			s.localStart = s.start + max(s.offset, z.spans[len(z.spans)-1].offset)
		}
		z.spans = append(z.spans, s)
		if end.IsZero() || end.Year() > lastYear {
			z.standard = s.offset
			if t.IsDST() {
				z.standard = z.spans[max(0, len(z.spans)-2)].offset
			}
			return z
		}
		t = end
	}
}

func fixedZone(name string, sec int) *Zone {
	offset := int64(sec) * 1000
	return &Zone{name: name, loc: time.FixedZone(name, sec), standard: offset,
		spans: []zoneSpan{{start: math.MinInt64, localStart: math.MinInt64, offset: offset}}}
}

// Name returns the zone's id.
func (z *Zone) Name() string { return z.name }

// Location returns the zone as Go knows it.
func (z *Zone) Location() *time.Location { return z.loc }

// String returns the zone's id.
func (z *Zone) String() string { return z.name }

// Offset returns the milliseconds that local time is ahead of UTC at an
// instant in milliseconds.
func (z *Zone) Offset(ms int64) int64 {
	if len(z.spans) == 1 {
		return z.spans[0].offset
	}
	h := int(z.hint.Load())
	if z.spans[h].start <= ms && h+1 < len(z.spans) && ms < z.spans[h+1].start {
		return z.spans[h].offset
	}
	if ms >= endOfSpans {
		_, sec := time.UnixMilli(ms).In(z.loc).Zone()
		return int64(sec) * 1000
	}
	lo, hi := 0, len(z.spans)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if z.spans[mid].start <= ms {
			lo = mid
		} else {
			hi = mid
		}
	}
	z.hint.Store(int32(lo))
	return z.spans[lo].offset
}

// endOfSpans is 2100-01-01: from there on the location is asked.
const endOfSpans = 4_102_444_800_000

// Local returns the local time in milliseconds at an instant in milliseconds.
func (z *Zone) Local(ms int64) int64 { return ms + z.Offset(ms) }

// LocalTimestamp is Local for a Timestamp.
func (z *Zone) LocalTimestamp(t Timestamp) Timestamp { t.Milli = z.Local(t.Milli); return t }

// Instant returns the instant of a local time in milliseconds. A local time in
// a gap moves on by the gap's length; one in an overlap is the earlier of the
// two.
func (z *Zone) Instant(local int64) int64 {
	if len(z.spans) == 1 {
		return local - z.spans[0].offset
	}
	h := int(z.hint.Load())
	if z.spans[h].localStart <= local && h+1 < len(z.spans) && local < z.spans[h+1].localStart {
		return local - z.spans[h].offset
	}
	if local >= endOfSpans-MillisPerDay {
		// The rules repeat: the offset a day before is the one before a change.
		before, after := z.Offset(local-MillisPerDay), z.Offset(local+MillisPerDay)
		if before != after && z.Offset(local-before) == after && z.Offset(local-after) == after {
			return local - after
		}
		return local - before
	}
	lo, hi := 0, len(z.spans)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if z.spans[mid].localStart <= local {
			lo = mid
		} else {
			hi = mid
		}
	}
	z.hint.Store(int32(lo))
	return local - z.spans[lo].offset
}

// calendarStart is 1900-01-01: before it java.util.Calendar knows a zone's
// standard offset only, not the mean time of its place.
const calendarStart = -2_208_988_800_000

// calendarOffset is Offset as java.util.Calendar has it.
func (z *Zone) calendarOffset(ms int64) int64 {
	if ms < calendarStart {
		return z.standard
	}
	return z.Offset(ms)
}

// calendarInstant is Instant as java.util.Calendar has it: in an overlap it
// takes the later instant.
func (z *Zone) calendarInstant(local int64) int64 {
	if local-z.standard < calendarStart {
		return local - z.standard
	}
	early := z.Instant(local)
	// An overlap is at most a day long.
	if late := local - z.Offset(early+MillisPerDay); late > early && z.Local(late) == local {
		return late
	}
	return early
}

// InstantTimestamp is Instant for a Timestamp.
func (z *Zone) InstantTimestamp(t Timestamp) Timestamp { t.Milli = z.Instant(t.Milli); return t }

// parseOffset reads ±h, ±hh, ±hh:mm, ±hhmm, ±hh:mm:ss and ±hhmmss, at most 18
// hours, in seconds.
func parseOffset(s string) (sec int, ok bool) {
	neg := s[0] == '-'
	s = s[1:]
	var parts [3]int
	n := 0
	switch {
	case len(s) == 1:
		s = "0" + s
	case len(s) > 3 && s[1] == ':': // GMT+8:00
		s = "0" + s
	}
	colon := len(s) > 2 && s[2] == ':'
	for ; s != "" && n < 3; n++ {
		if n > 0 && colon {
			if s[0] != ':' {
				return 0, false
			}
			s = s[1:]
		}
		if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
			return 0, false
		}
		parts[n] = int(s[0]-'0')*10 + int(s[1]-'0')
		s = s[2:]
	}
	if s != "" || n == 0 || parts[1] > 59 || parts[2] > 59 {
		return 0, false
	}
	sec = parts[0]*3600 + parts[1]*60 + parts[2]
	if sec > 18*3600 {
		return 0, false
	}
	if neg {
		sec = -sec
	}
	return sec, true
}

// formatOffset returns Z, +08:00 or +08:00:30.
func formatOffset(sec int) string {
	if sec == 0 {
		return "Z"
	}
	sign := byte('+')
	if sec < 0 {
		sign, sec = '-', -sec
	}
	b := append2([]byte{sign}, sec/3600)
	b = append2(append(b, ':'), sec/60%60)
	if sec%60 != 0 {
		b = append2(append(b, ':'), sec%60)
	}
	return string(b)
}

// abbreviation returns the short name of the zone at an instant, e.g. CET.
func (z *Zone) abbreviation(ms int64) string {
	if z.loc == time.UTC {
		return z.name
	}
	name, sec := time.UnixMilli(ms).In(z.loc).Zone()
	if name == "" || name[0] == '+' || name[0] == '-' {
		return "GMT" + strings.TrimSuffix(formatOffset(sec), "Z")
	}
	if _, err := strconv.Atoi(name); err == nil {
		return z.name
	}
	return name
}
