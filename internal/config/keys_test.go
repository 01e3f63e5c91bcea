package config

import "testing"

func TestWithoutEffect(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       bool
	}{
		{"execution.checkpointing.unaligned.enabled", "true", true},
		{"execution.checkpointing.unaligned.enabled", "FALSE", false}, // as it is
		{"execution.checkpointing.interval", "1 s", false},
		{"execution.checkpointing.savepoint-dir", "/tmp", false},
		{"no.such.key", "1", false}, // said to be unknown
	} {
		if got := WithoutEffect(c.key, c.value); got != c.want {
			t.Errorf("%s = %s: %v", c.key, c.value, got)
		}
	}
	for k := range used {
		if _, ok := known()[k]; !ok {
			t.Errorf("%s is no key of Flink's", k)
		}
	}
}
