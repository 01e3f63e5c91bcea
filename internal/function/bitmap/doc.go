// Package bitmap is the functions of BITMAP: sets of 32-bit integers. How they
// are kept is in package types.
package bitmap
