// Package text holds the functions of strings. Lengths and positions count
// characters (code points), from 1. What is a part of its argument shares the
// argument's bytes.
package text
