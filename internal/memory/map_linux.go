package memory

import "golang.org/x/sys/unix"

func mapMemory(size int) ([]byte, error) {
	return unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

func unmapMemory(m []byte) {
	if err := unix.Munmap(m); err != nil {
		panic("memory: munmap: " + err.Error())
	}
}

// adviseFree gives the pages back to the system and keeps the addresses.
func adviseFree(m []byte) {
	// A refusal only means that the pages stay.
	_ = unix.Madvise(m, unix.MADV_DONTNEED)
}
