package config

import (
	"strings"
	"testing"

	"github.com/flott/flott/option"
)

// flinkDefaults are the sizes that Flink starts from, as keys that a user set.
func flinkDefaults(more ...string) option.Set {
	c := option.Set{
		FrameworkHeap.Key: "128mb", FrameworkOffHeap.Key: "128mb", NetworkMin.Key: "64mb", Metaspace.Key: "256mb", OverheadMin.Key: "192mb",
	}
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

func TestDeriveMemory(t *testing.T) {
	const m = 1 << 20
	tests := []struct {
		name string
		conf option.Set
		want Memory // zero fields are not compared
		err  string
	}{
		// The figures of Flink's own start-up log for its default 1728 MB process.
		{"flink: total process", flinkDefaults(ProcessSize.Key, "1728mb"),
			Memory{Process: 1728 * m, Flink: 1280 * m, Managed: 512 * m, Network: 128 * m, TaskHeap: 384 * m, Overhead: 192 * m}, ""},
		{"flink: total flink", flinkDefaults(FlinkSize.Key, "1280mb"),
			Memory{Flink: 1280 * m, Managed: 512 * m, Network: 128 * m, TaskHeap: 384 * m, Overhead: 192 * m, Process: 1728 * m}, ""},
		{"flink: task heap and managed", flinkDefaults(TaskHeap.Key, "512mb", ManagedSize.Key, "512mb"),
			Memory{TaskHeap: 512 * m, Managed: 512 * m, Network: 1280 * m / 9}, ""},
		{"flink: network at its minimum", flinkDefaults(FlinkSize.Key, "600mb"), Memory{Network: 64 * m, Managed: 240 * m, TaskHeap: 40 * m}, ""},
		{"flink: network at its maximum", flinkDefaults(FlinkSize.Key, "10gb", NetworkMax.Key, "1gb"), Memory{Network: 1 << 30, Managed: 4 << 30}, ""},
		{"flink: overhead at its maximum", flinkDefaults(ProcessSize.Key, "20gb"), Memory{Overhead: 1 << 30}, ""},
		{"flink: managed size wins over the fraction", flinkDefaults(FlinkSize.Key, "1280mb", ManagedSize.Key, "100mb"), Memory{Managed: 100 * m, TaskHeap: 796 * m}, ""},
		{"flink: task heap, the rest is managed", flinkDefaults(FlinkSize.Key, "1280mb", TaskHeap.Key, "300mb"), Memory{TaskHeap: 300 * m, Managed: 596 * m}, ""},
		{"flink: old key", flinkDefaults(FlinkSize.Key, "1280mb", "taskmanager.memory.size", "100mb"), Memory{}, ""},

		{"64 MB", option.Set{ProcessSize.Key: "64m"}, Memory{Process: 64 * m, Overhead: 12 * m, Flink: 52 * m}, ""},
		{"32 MB", option.Set{ProcessSize.Key: "32m"}, Memory{Process: 32 * m, Flink: 20 * m, Managed: 8 * m, Network: 2 * m}, ""},
		{"nothing set", option.Set{}, Memory{Process: 256 * m}, ""},

		{"does not fit", flinkDefaults(ProcessSize.Key, "400mb"), Memory{}, "leaves nothing beside the overhead"},
		{"parts above the total", flinkDefaults(FlinkSize.Key, "1280mb", ManagedSize.Key, "1200mb"), Memory{}, "the parts of Flink memory need"},
		{"flink above process", flinkDefaults(FlinkSize.Key, "2gb", ProcessSize.Key, "1gb"), Memory{}, "does not fit into"},
		{"all three, no room for the network", flinkDefaults(FlinkSize.Key, "1280mb", TaskHeap.Key, "500mb", ManagedSize.Key, "512mb"), Memory{}, "for the network"},
		{"process leaves too little overhead", flinkDefaults(ProcessSize.Key, "1600mb", FlinkSize.Key, "1280mb"), Memory{}, "leave an overhead of"},
		{"minimum above maximum", option.Set{NetworkMin.Key: "2gb", NetworkMax.Key: "1gb"}, Memory{}, "is above"},
		{"not a size", option.Set{ProcessSize.Key: "much"}, Memory{}, "does not begin with a number"},
		{"fraction out of range", option.Set{ManagedFraction.Key: "1.5"}, Memory{}, "is not in [0, 1)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DeriveMemory(tt.conf, 256*m)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Message, tt.err) {
					t.Fatalf("got %+v, %v; want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []struct {
				name      string
				got, want int64
			}{{"process", got.Process, tt.want.Process}, {"flink", got.Flink, tt.want.Flink}, {"task heap", got.TaskHeap, tt.want.TaskHeap},
				{"network", got.Network, tt.want.Network}, {"managed", got.Managed, tt.want.Managed}, {"overhead", got.Overhead, tt.want.Overhead}} {
				if f.want != 0 && f.got != f.want {
					t.Errorf("%s: got %d (%s), want %d (%s)", f.name, f.got, option.FormatMemory(f.got), f.want, option.FormatMemory(f.want))
				}
			}
			if sum := got.FrameworkHeap + got.TaskHeap + got.FrameworkOffHeap + got.TaskOffHeap + got.Network + got.Managed; sum != got.Flink {
				t.Errorf("the parts add up to %d, not to flink memory %d", sum, got.Flink)
			}
			if got.Flink+got.Metaspace+got.Overhead != got.Process {
				t.Errorf("flink, metaspace and overhead add up to %d, not to process memory %d", got.Flink+got.Metaspace+got.Overhead, got.Process)
			}
		})
	}
}

func TestCheckKey(t *testing.T) {
	if _, err := Check("execution.checkpointing.intervall", "1s"); err == nil || !strings.Contains(err.Help, "execution.checkpointing.interval") {
		t.Errorf("no suggestion for a misspelt key: %v", err)
	}
	if c, err := Check("state.checkpoints.dir", "/x"); err != nil || c != CheckpointDir.Key {
		t.Errorf("an old key gives %q, %v", c, err)
	}
	if _, err := Check("parallelism.default", "many"); err == nil {
		t.Error("a number is not checked")
	}
}
