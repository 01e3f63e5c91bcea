package metrics

import (
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// machine is what Linux tells in /proc about the whole machine. Elsewhere all
// of it is NaN or empty.
type machine struct {
	at, before time.Time
	cpu, last  [8]float64 // ticks: user nice sys idle iowait irq softirq steal
	loads      [3]float64
	memory     map[string]float64 // bytes
	network    map[string][2]float64
	networkWas map[string][2]float64
}

func (m *machine) look(now time.Time) {
	m.before, m.at = m.at, now
	m.last, m.cpu = m.cpu, [8]float64{}
	m.loads = [3]float64{math.NaN(), math.NaN(), math.NaN()}
	m.memory, m.networkWas, m.network = map[string]float64{}, m.network, map[string][2]float64{}
	for line := range strings.Lines(read("/proc/stat")) {
		if f := strings.Fields(line); len(f) > 8 && f[0] == "cpu" {
			for i := range m.cpu {
				m.cpu[i] = number(f[i+1])
			}
		}
	}
	for i, f := range strings.Fields(read("/proc/loadavg")) {
		if i < 3 {
			m.loads[i] = number(f)
		}
	}
	for line := range strings.Lines(read("/proc/meminfo")) {
		name, value, _ := strings.Cut(line, ":")
		if f := strings.Fields(value); len(f) > 0 {
			m.memory[name] = number(f[0]) * 1024
		}
	}
	for line := range strings.Lines(read("/proc/net/dev")) {
		name, value, ok := strings.Cut(line, ":")
		if f := strings.Fields(value); ok && len(f) > 8 {
			m.network[strings.TrimSpace(name)] = [2]float64{number(f[0]), number(f[8])}
		}
	}
}

func read(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(b)
}

func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// cpuShare is the percentage of time in some of the states since the last look.
func (m *machine) cpuShare(of []int) float64 {
	var part, all float64
	for i := range m.cpu {
		all += m.cpu[i] - m.last[i]
	}
	for _, i := range of {
		part += m.cpu[i] - m.last[i]
	}
	if all <= 0 {
		return math.NaN()
	}
	return 100 * part / all
}

// rate is bytes per second since the last look, received (0) or sent (1).
func (m *machine) rate(name string, direction int) float64 {
	now, ok := m.network[name]
	was, had := m.networkWas[name]
	d := m.at.Sub(m.before).Seconds()
	if !ok || !had || d <= 0 {
		return math.NaN()
	}
	return (now[direction] - was[direction]) / d
}
