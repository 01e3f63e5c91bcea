// Package csv is the format `csv`: one record a message, columns by position.
//
// The decoder is one pass over the bytes. A record without quotes is cut at
// its delimiters; only the columns that the query needs are converted, the
// others are passed over and counted, because a record must have all of them.
// Strings without escapes are references into the message. In a file a quoted
// field may hold line ends: the decoder frames records itself there.
//
// Forms and strictness are those of Flink's csv format, which is Jackson's
// parser and writer with Java's own conversions behind it:
//
//	BOOLEAN             true in any case, everything else is false
//	TINYINT … BIGINT    Java's parseInt; blanks around it
//	FLOAT, DOUBLE       Java's parseDouble
//	DECIMAL             no blanks; rounded; NULL if it has too many digits
//	DATE                2024-1-2; the 31st of February is the 2nd of March
//	TIME                10:11:12.345, cut to the type's precision
//	TIMESTAMP, _LTZ     2024-01-02 03:04:05.678, with a Z for _LTZ
//	BINARY, VARBINARY   base64
//	ARRAY, ROW          one field, its elements between array-element-delimiters
//
// The writer quotes a text that is longer than 24 characters or has one that
// sorts before the delimiter or the quote (a blank, say), as Jackson does.
package csv
