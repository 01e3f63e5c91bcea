// Package json is the format `json`: one JSON object a message (or an array of
// objects, one row each).
//
// The decoder is one pass over the bytes: a table says which keys are wanted,
// the others are skipped without being looked into; values go straight into
// columns. Keys are expected in the order of the message before, so that a look
// at the next expected one usually finds the column. Strings without escapes
// are references into the message.
//
// What Flink's JSON format accepts is accepted, in its forms: numbers and
// booleans in strings, nested values in STRING columns as their JSON text, and
// so on. With ignore-parse-errors a field that does not fit is NULL and a
// message that is no JSON is skipped.
//
// Changelog reads and writes, with the same decoder, messages that say what has
// happened to a row; debezium, maxwell, canal and ogg describe theirs with it.
package json
