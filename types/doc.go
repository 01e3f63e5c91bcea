// Package types holds the words of SQL's type system: logical types with
// Flink's summary strings, row kinds, instants, decimals and timestamps, and
// the text form of every value.
//
// A logical Type says what a column means; its Phys says how the column lies
// in memory (see package vector). Several logical types share one Phys:
//
//	Phys      Go element    logical types
//	Bool      bool          BOOLEAN
//	Int8      int8          TINYINT
//	Int16     int16         SMALLINT
//	Int32     int32         INT, DATE (days since 1970-01-01), TIME (ms of day), INTERVAL YEAR TO MONTH (months)
//	Int64     int64         BIGINT, DECIMAL(p<=18) (unscaled), TIMESTAMP[_LTZ](p<=3) (ms), INTERVAL DAY TO SECOND (ms)
//	Float32   float32       FLOAT
//	Float64   float64       DOUBLE
//	Wide      Int128        DECIMAL(p>18) (unscaled)
//	Stamp     Timestamp     TIMESTAMP[_LTZ](p>3): milliseconds and nanoseconds of the millisecond
//	Bytes     Ref + base    CHAR, VARCHAR, BINARY, VARBINARY, VARIANT, RAW
//	List      offsets       ARRAY (one child), MULTISET (element, count), MAP (key, value)
//	Struct    children      ROW, STRUCTURED
//
// A TIMESTAMP counts from 1970-01-01 00:00:00 in no zone; a TIMESTAMP_LTZ is an
// instant since the epoch. Both may be negative.
package types
