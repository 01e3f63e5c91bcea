// Package collection holds the constructors and functions of ARRAY, MAP, ROW
// and structured types.
package collection
