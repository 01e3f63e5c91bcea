package types

// InstantLate is Instant but for an overlap, where it takes the later instant,
// as java.util.Calendar does (and with it Flink where windows end).
func (z *Zone) InstantLate(local int64) int64 { return z.calendarInstant(local) }
