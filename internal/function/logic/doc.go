// Package logic holds AND, OR, NOT and the tests of truth.
package logic
