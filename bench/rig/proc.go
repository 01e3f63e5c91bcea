package rig

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// usage is what a process and its descendants have used.
type usage struct {
	cpu     float64 // seconds, user and system
	rss     int64   // bytes resident now (VmRSS)
	rssMax  int64   // bytes resident at the most (VmHWM)
	threads int
}

// ticks is the kernel's unit of CPU time a second. It is 100 on every Linux that
// Go runs on.
const ticks = 100

// treeUsage adds up a process and what it has started, as /proc tells. A process
// that is gone has used nothing.
func treeUsage(pid int) usage {
	children := map[int][]int{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		id, err := strconv.Atoi(filepath.Base(d))
		if err != nil {
			continue
		}
		if f := stat(id); f != nil {
			parent, _ := strconv.Atoi(f[1])
			children[parent] = append(children[parent], id)
		}
	}
	var sum usage
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		queue = append(queue, children[p]...)
		f := stat(p)
		if f == nil {
			continue
		}
		// Fields 14 and 15 of /proc/PID/stat; those of children that ended count for themselves.
		user, _ := strconv.ParseFloat(f[11], 64)
		system, _ := strconv.ParseFloat(f[12], 64)
		sum.cpu += (user + system) / ticks
		status, _ := os.ReadFile("/proc/" + strconv.Itoa(p) + "/status")
		for line := range bytes.Lines(status) {
			name, value, _ := strings.Cut(string(line), ":")
			fields := strings.Fields(value)
			if len(fields) == 0 {
				continue
			}
			n, _ := strconv.ParseInt(fields[0], 10, 64)
			switch name {
			case "VmRSS":
				sum.rss += n << 10
			case "VmHWM":
				sum.rssMax += n << 10
			case "Threads":
				sum.threads += int(n)
			}
		}
	}
	return sum
}

// stat is /proc/PID/stat from the third field (the state) on, nil when there is
// no such process. The second, the name, may hold anything but ends with the last ")".
func stat(pid int) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 13 {
		return nil
	}
	return f
}
