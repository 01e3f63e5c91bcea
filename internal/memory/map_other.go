//go:build !linux

package memory

// Elsewhere segments are Go memory without pointers; a collector that never
// looks into them is what we ask of mmap on Linux. They are kept reachable by
// the pool's slab list and by their holder.

func mapMemory(size int) ([]byte, error) { return make([]byte, size), nil }

func unmapMemory([]byte) {}

func adviseFree([]byte) {}
