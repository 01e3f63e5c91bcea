// Package json holds the functions of SQL/JSON, with a small document model
// and path evaluator that follow what Flink uses (Jackson and Jayway's
// JsonPath): a path without a mode is strict, objects are written with their
// keys in order, numbers keep their digits.
package json
