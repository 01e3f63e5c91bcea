package report

import (
	"encoding/binary"
	"math"
	"strings"
)

// The part of protobuf's encoding that OTLP needs: a field is its number and
// wire type, then the value.
const (
	wireVarint = 0
	wireFixed  = 1
	wireBytes  = 2
)

func tag(b []byte, field, wire int) []byte {
	return binary.AppendUvarint(b, uint64(field)<<3|uint64(wire))
}

// message appends a field that is a message, which f appends.
func message(b []byte, field int, f func([]byte) []byte) []byte {
	b = tag(b, field, wireBytes)
	at := len(b)
	b = f(b)
	n := len(b) - at
	var length [binary.MaxVarintLen64]byte
	k := binary.PutUvarint(length[:], uint64(n))
	b = append(b, length[:k]...)
	copy(b[at+k:], b[at:at+n])
	copy(b[at:], length[:k])
	return b
}

func text(b []byte, field int, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD") // else the whole message is refused
	b = binary.AppendUvarint(tag(b, field, wireBytes), uint64(len(s)))
	return append(b, s...)
}

func number(b []byte, field int, n uint64) []byte {
	return binary.AppendUvarint(tag(b, field, wireVarint), n)
}

func fixed(b []byte, field int, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(tag(b, field, wireFixed), n)
}

func double(b []byte, field int, v float64) []byte { return fixed(b, field, math.Float64bits(v)) }

// attribute appends a KeyValue with a text.
func attribute(b []byte, field int, key, value string) []byte {
	return message(b, field, func(b []byte) []byte {
		return message(text(b, 1, key), 2, func(b []byte) []byte { return text(b, 1, value) })
	})
}
