package config

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// flinkKeys are the 940 configuration keys of Flink 2.3: key, type, default,
// values of an enum, older names; separated by tabs.
//
//go:embed flink_keys.tsv
var flinkKeys string

var known = sync.OnceValue(func() map[string]option.Option {
	m := make(map[string]option.Option, 1200)
	for line := range strings.Lines(flinkKeys) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		o := option.Option{Key: f[0], Default: f[2], Kind: kindOf(f[1])}
		if o.Default == "(none)" {
			o.Default = ""
		}
		if f[3] != "" {
			o.Values = strings.Split(f[3], "|")
		}
		if f[4] != "" {
			o.Aliases = strings.Split(f[4], ",")
		}
		m[o.Key] = o
	}
	for _, o := range m {
		for _, a := range o.Aliases {
			if _, ok := m[a]; !ok {
				m[a] = o
			}
		}
	}
	for _, o := range Options {
		if k, ok := m[o.Key]; ok {
			o.Aliases = append(o.Aliases, k.Aliases...)
		}
		m[o.Key] = o
	}
	return m
})

func kindOf(t string) option.Kind {
	switch t {
	case "Integer", "Long":
		return option.Int
	case "Double", "Float":
		return option.Float
	case "Boolean":
		return option.Bool
	case "Duration":
		return option.Duration
	case "MemorySize":
		return option.Memory
	case "enum":
		return option.Enum
	case "List":
		return option.List
	}
	return option.String
}

// prefixes are families of keys with a free part.
var prefixes = []string{
	"pipeline.global-job-parameters", "metrics.reporter.", "metrics.scope.", "fs.", "s3.", "kubernetes.", "security.", "yarn.", "env.", "containerized.",
	"table.catalog-store.", "python.", "historyserver.", "traces.reporter.", "events.reporter.", "parquet.", "state.backend.rocksdb.", "state.backend.forst.",
}

// Check tells whether a key exists and its value fits. A key that exists
// nowhere gives an error with a suggestion, but the caller may only warn: Flink
// accepts any key.
func Check(key, value string) (canonical string, err *diag.Error) {
	o, ok := known()[key]
	if !ok {
		for _, p := range prefixes {
			if strings.HasPrefix(key, p) {
				return key, nil
			}
		}
		e := &diag.Error{Code: "unknown-key", Stage: diag.StageValidate, Message: "there is no configuration key \"" + key + "\""}
		names := make([]string, 0, len(known()))
		for k := range known() {
			names = append(names, k)
		}
		if near := diag.Nearest(key, names); near != "" {
			e.Help = "did you mean \"" + near + "\"?"
		}
		return key, e
	}
	if err := o.Check(value); err != nil {
		return o.Key, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: "\"" + key + "\": " + err.Error()}
	}
	return o.Key, nil
}

// used are keys of Flink's that have a meaning here beside those of Options.
var used = map[string]bool{
	"execution.checkpointing.externalized-checkpoint-retention": true,
	"execution.checkpointing.checkpoints-after-tasks-finish":    true,
	"execution.checkpointing.savepoint-dir":                     true,
	"execution.buffer-timeout.interval":                         true,
	"execution.buffer-timeout.enabled":                          true,
}

// WithoutEffect reports whether key is one of Flink's that means nothing here, so
// that another value than Flink's default changes nothing.
func WithoutEffect(key, value string) bool {
	o, ok := known()[key]
	if !ok || used[key] || strings.EqualFold(o.Default, value) {
		return false
	}
	return !slices.ContainsFunc(Options, func(o option.Option) bool { return o.Key == key })
}

// Default returns the default of a key, "" if it has none or is unknown.
func Default(key string) string { return known()[key].Default }

// Find returns the option of a key.
func Find(key string) (option.Option, bool) {
	o, ok := known()[key]
	return o, ok
}
