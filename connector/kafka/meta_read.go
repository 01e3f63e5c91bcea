package kafka

import (
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// metadata appends the metadata of one record to its columns, once for each row
// that the record has become.
func (r *reader) metadata(base []byte, seg *segment, rec *recordbatch.Record, p *partition, at int64, rows int) error {
	for _, m := range r.meta {
		for range rows {
			switch m.key {
			case "topic":
				m.v.AppendString(p.topic)
			case "partition":
				vector.Append(m.v, p.partition)
			case "offset":
				vector.Append(m.v, at)
			case "leader-epoch":
				if seg.LeaderEpoch < 0 {
					m.v.AppendNull()
				} else {
					vector.Append(m.v, seg.LeaderEpoch)
				}
			case "timestamp":
				millis := seg.BaseTimestamp + rec.TimestampDelta
				if seg.LogAppendTime() {
					millis = seg.MaxTimestamp
				}
				appendMillis(m.v, millis)
			case "timestamp-type":
				switch {
				case seg.LogAppendTime():
					m.v.AppendString("LogAppendTime")
				case seg.BaseTimestamp < 0:
					m.v.AppendString("NoTimestampType")
				default:
					m.v.AppendString("CreateTime")
				}
			case "headers", "header-list":
				if err := appendHeaders(m, base, rec); err != nil {
					return runError("kafka-damaged", "", err, "kafka: headers of %s[partition %d, offset %d]: %v", p.topic, p.partition, at, err)
				}
			}
		}
	}
	return nil
}

// appendMillis appends an instant to a timestamp column of any precision.
func appendMillis(v *vector.Vector, millis int64) {
	if v.Phys() == types.PhysStamp {
		vector.Append(v, types.Timestamp{Milli: millis})
		return
	}
	vector.Append(v, millis)
}

// appendHeaders appends the headers as a map (the last of equal keys wins) or
// as the list they are.
func appendHeaders(m metaColumn, base []byte, rec *recordbatch.Record) error {
	all, err := rec.HeadersOf(base, nil)
	if err != nil {
		return err
	}
	if m.key == "headers" {
		k, v := m.v.Child(0), m.v.Child(1)
		for i, h := range all {
			if last(all, i) {
				k.AppendBytes(h.Key)
				appendNullable(v, h.Value)
			}
		}
	} else {
		row := m.v.Child(0)
		for _, h := range all {
			row.Child(0).AppendBytes(h.Key)
			appendNullable(row.Child(1), h.Value)
			row.CloseStruct()
		}
	}
	m.v.CloseList()
	return nil
}

func last(all []recordbatch.KeyValue, i int) bool {
	for _, h := range all[i+1:] {
		if string(h.Key) == string(all[i].Key) {
			return false
		}
	}
	return true
}

func appendNullable(v *vector.Vector, b []byte) {
	if b == nil {
		v.AppendNull()
		return
	}
	v.AppendBytes(b)
}
