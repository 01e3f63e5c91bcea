package rowkey

import (
	"math/bits"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// DefaultMaxParallelism is Flink's number of key groups of a small job.
const DefaultMaxParallelism = 128

// Hash returns the hash of an encoded key.
func Hash(key []byte) uint32 { return uint32(xxh3.Hash(key) >> 32) }

// hashWords hashes n keys of w words each.
func hashWords(to []uint32, buf unsafe.Pointer, w, n int) {
	for i := range n {
		to[i] = uint32(xxh3.Hash(unsafe.Slice((*byte)(unsafe.Add(buf, i*w*8)), w*8)) >> 32)
	}
}

// KeyGroup returns the key group of a key with the given hash, as Flink
// assigns it: murmur(hash) mod maxParallelism.
func KeyGroup(hash uint32, maxParallelism int) int {
	h := hash * 0xcc9e2d51
	h = bits.RotateLeft32(h, 15) * 0x1b873593
	h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	h ^= 4
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	h ^= h >> 16
	if int32(h) < 0 {
		h = -h
	}
	if int32(h) < 0 {
		h = 0
	}
	return int(h) % maxParallelism
}

// Range returns the first and the last key group of a subtask.
func Range(maxParallelism, parallelism, subtask int) (first, last int) {
	return (subtask*maxParallelism + parallelism - 1) / parallelism,
		((subtask+1)*maxParallelism - 1) / parallelism
}

// Owner returns the subtask that owns a key group.
func Owner(keyGroup, maxParallelism, parallelism int) int {
	return keyGroup * parallelism / maxParallelism
}
