package kafka

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/flott/flott/connector"
)

// noStop is the stop offset of an unbounded split.
const noStop = math.MaxInt64

// split is a partition with where to go on and where to end.
type split struct {
	topicPartition
	offset int64 // of the next record
	stop   int64 // offset behind the last record, noStop if there is no end
}

const splitVersion = 1

// encode is the split's state:
//
//	version 1 B | offset 8 B | stop 8 B | partition 4 B | topic
func (s *split) encode() connector.Split {
	b := make([]byte, 0, 21+len(s.topic))
	b = append(b, splitVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(s.offset))
	b = binary.BigEndian.AppendUint64(b, uint64(s.stop))
	b = binary.BigEndian.AppendUint32(b, uint32(s.partition))
	b = append(b, s.topic...)
	return connector.Split{ID: s.String(), State: b}
}

func decodeSplit(b []byte) (split, error) {
	if len(b) < 22 || b[0] != splitVersion {
		return split{}, errors.New("kafka: the state of a split is of another version")
	}
	return split{
		offset:         int64(binary.BigEndian.Uint64(b[1:])),
		stop:           int64(binary.BigEndian.Uint64(b[9:])),
		topicPartition: topicPartition{partition: int32(binary.BigEndian.Uint32(b[17:])), topic: string(b[21:])},
	}, nil
}
