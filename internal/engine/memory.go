package engine

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// defaultMemory is the process memory without a flag and without a cgroup limit.
const defaultMemory = 256 << 20

// cgroupLimit returns the memory limit of this process's control group, 0 if
// there is none.
func cgroupLimit() int64 {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err == nil && n > 0 && n < 1<<50 {
			return n
		}
	}
	return 0
}

// deriveMemory divides the process's memory and sets the Go runtime's limit.
func deriveMemory(settings option.Set) (config.Memory, *diag.Error) {
	fallback := int64(defaultMemory)
	if n := cgroupLimit(); n > 0 {
		fallback = min(n, fallback*64)
	}
	m, err := config.DeriveMemory(settings, fallback)
	if err != nil {
		return m, err
	}
	// The overhead holds the program's text and the kernel's share; half of it
	// is left to the runtime for stacks and fragmentation.
	debug.SetMemoryLimit(m.GoHeap() + m.Overhead/2)
	return m, nil
}
