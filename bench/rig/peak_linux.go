package rig

import (
	"os"
	"syscall"
)

// PeakMB is how much memory a process that has ended had resident at the most.
func PeakMB(s *os.ProcessState) float64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return float64(u.Maxrss) / 1024 // Linux counts kilobytes
	}
	return 0
}
