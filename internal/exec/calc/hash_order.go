package calc

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// hashOrder puts the elements [from, to) of a MAP's string keys into the order of
// java.util.HashMap, which is how maps come out that Flink's formats have read:
// by bucket of the keys' hash, and as they were put in within a bucket.
func hashOrder(keys *vector.Vector, from, to int, order []int32) []int32 {
	order = order[:0]
	for e := from; e < to; e++ {
		order = append(order, int32(e))
	}
	if keys.Phys() != types.PhysBytes || to-from < 2 {
		return order
	}
	buckets := uint32(16)
	for (to-from)*4 > int(buckets)*3 {
		buckets *= 2
	}
	bucket := func(e int32) uint32 {
		if keys.IsNull(int(e)) {
			return 0
		}
		h := stringHash(keys.Bytes(int(e)))
		return (h ^ h>>16) & (buckets - 1)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return int(bucket(a)) - int(bucket(b)) })
	return order
}

// stringHash is the hash of Flink's strings: 32-bit Murmur 3 with the rest taken
// byte by byte.
func stringHash(s []byte) uint32 {
	h, n := uint32(42), len(s)
	mix := func(k uint32) {
		k = bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
		h = bits.RotateLeft32(h^k, 13)*5 + 0xe6546b64
	}
	for ; len(s) >= 4; s = s[4:] {
		mix(binary.LittleEndian.Uint32(s))
	}
	for _, c := range s {
		mix(uint32(int8(c)))
	}
	h ^= uint32(n)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
