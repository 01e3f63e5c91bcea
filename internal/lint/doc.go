// Package lint holds the house rules that a compiler does not know. It has tests only.
//
// TestLayers holds the import order against layers.txt: who stands on which
// floor, and what must not be reachable from where. The others are small: every
// package says what it is for, tests do not sleep, documents name files that
// exist, nothing is left for later in a comment, and the packages that the
// binary links are a checked-in list.
//
// All of it reads source files and runs in a second or two. The package imports
// nothing of flott, and nothing imports it.
package lint
