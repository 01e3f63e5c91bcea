// Package server tests `flott server` and the commands that speak to it as a
// user has them: the built binary, signals, folders.
package server
