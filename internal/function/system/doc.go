// Package system holds functions about types, chance, the session and what fits
// nowhere else.
package system
