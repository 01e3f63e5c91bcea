//go:build !unix

package metrics

import (
	"math"
	"time"
)

func cpuTime() time.Duration { return 0 }

func maxFiles() float64 { return math.NaN() }

func openFiles() float64 { return math.NaN() }
