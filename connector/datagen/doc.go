// Package datagen is the connector `datagen`: a source of generated rows.
//
// Every value is a function of the table, the field and the row's number (dates
// and times: of the clock as well), so a restored job goes on with the very rows
// it would have read, and two runs of a script read the same. The row numbers 0..n-1 are cut into one contiguous
// range for each reader; a split's position is the next row number.
package datagen
