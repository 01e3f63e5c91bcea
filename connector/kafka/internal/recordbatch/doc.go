// Package recordbatch is the codec of Kafka's record batches, version 2: the
// bytes that a fetch answers and a produce request carries. It works on bytes
// and columns, never on an object per record: at two million records a second
// the objects alone would cost as much as everything else together.
//
//	offset  size  field
//	     0     8  base offset
//	     8     4  length of what follows
//	    12     4  partition leader epoch
//	    16     1  magic, 2
//	    17     4  CRC-32C of what follows
//	    21     2  attributes: 0-2 codec, 3 log append time, 4 transactional, 5 control
//	    23     4  last offset delta
//	    27     8  base timestamp, 35 max timestamp
//	    43     8  producer id, 51 (2) epoch, 53 (4) base sequence
//	    57     4  number of records
//	    61     …  records, compressed as a whole
//
// A record: length, attributes (1 B), timestamp delta, offset delta, key
// length, key, value length, value, number of headers, headers; all numbers
// are zigzag varints, length -1 is null.
//
// Message sets of version 0 and 1 (brokers before 0.11) are refused. No input
// panics; what is not a batch is an error.
package recordbatch
