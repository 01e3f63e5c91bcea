package kafka

// partitioner picks the partition of a record.
type partitioner uint8

const (
	byKey      partitioner = iota // hash of the key; without one, batch by batch
	fixed                         // by subtask
	roundRobin                    // record by record
)

// murmur2 is the hash of Kafka's Java client, so that records of a key meet
// those that other programs write.
func murmur2(b []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		k *= m
		k ^= k >> 24
		k *= m
		h = h*m ^ k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(b[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}

// keyPartition is the partition of a key among n.
func keyPartition(key []byte, n int) int { return int(murmur2(key)&0x7fffffff) % n }
