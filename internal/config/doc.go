// Package config is the engine's configuration: Flink's keys, their older
// names, and what flott adds under `flott.`.
//
// A Config is a set of strings by key, as given by -D flags and SET. Reading
// goes through typed options (options.go); keys that exist in Flink but mean
// nothing here are accepted, keys that exist nowhere are reported with the
// nearest one (keys.go). memory.go derives Flink's process memory model.
package config
