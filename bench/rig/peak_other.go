//go:build !linux

package rig

import "os"

// PeakMB is not known outside of Linux.
func PeakMB(*os.ProcessState) float64 { return 0 }
