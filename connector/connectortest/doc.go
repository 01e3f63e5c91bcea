// Package connectortest holds connectors against the contract of package
// connector: the tests of a connector call RunSource and RunSink with a table of
// theirs, and test on their own only what is special to them.
//
// RunSource reads a bounded source with several batch sizes, with a restore
// behind each batch, and with its splits spread over two readers; the rows must
// be the same each time.
//
// RunSink writes the same rows with a crash at each barrier, before and after
// the commit; what can be read in the end must be every row exactly once.
package connectortest
