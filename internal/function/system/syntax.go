package system

import "github.com/flott/flott/internal/function"

// What the binder knows by itself has its entry here, for DESCRIBE FUNCTION and
// the reference: predicates on queries, what stands in FROM, what needs OVER, and
// what belongs to GROUP BY or MATCH_RECOGNIZE.
func init() {
	for _, d := range []struct {
		family string
		class  function.Class
		name   string
		syntax string
		doc    string
	}{
		{"comparison", function.Auxiliary, "EXISTS", "EXISTS (query)", "TRUE if the query has a row."},
		{"comparison", function.Auxiliary, "ANY", "x op ANY (query)", "TRUE if the comparison holds for a row of the query."},
		{"comparison", function.Auxiliary, "SOME", "x op SOME (query)", "As ANY."},
		{"comparison", function.Auxiliary, "ALL", "x op ALL (query)", "TRUE if the comparison holds for every row of the query."},
		{"arithmetic", function.Auxiliary, "+ (unary)", "+a", "The number or interval itself."},
		{"time", function.Auxiliary, "DATE literal", "DATE 'yyyy-MM-dd'", "A date."},
		{"time", function.Auxiliary, "TIME literal", "TIME 'HH:mm:ss'", "A time of day."},
		{"time", function.Auxiliary, "TIMESTAMP literal", "TIMESTAMP 'yyyy-MM-dd HH:mm:ss[.fraction]'", "A timestamp; its precision is the number of digits behind the point."},
		{"time", function.Auxiliary, "INTERVAL literal", "INTERVAL '…' unit[(digits)] [TO unit]", "An interval of years and months, or of days to seconds."},
		{"time", function.Auxiliary, "SOURCE_WATERMARK", "SOURCE_WATERMARK()", "In the WATERMARK of a table: the source's own watermarks."},
		{"collection", function.Table, "UNNEST", "FROM t CROSS JOIN UNNEST(x) [WITH ORDINALITY]", "A row for each element of an ARRAY, MAP or MULTISET."},
		{"window", function.Table, "TUMBLE", "FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), size[, offset]))", "Adds the window of a fixed size that a row falls into: window_start, window_end, window_time. In GROUP BY: TUMBLE(ts, size)."},
		{"window", function.Table, "HOP", "FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), slide, size[, offset]))", "A row for each of the overlapping windows that a row falls into. In GROUP BY: HOP(ts, slide, size)."},
		{"window", function.Table, "CUMULATE", "FROM TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), step, size[, offset]))", "A row for each of the windows with a common start, growing by a step up to a size, that a row falls into."},
		{"window", function.Table, "SESSION", "FROM TABLE(SESSION(TABLE t [PARTITION BY k], DESCRIPTOR(ts), gap))", "Adds the window of rows that lie closer together than a gap. In GROUP BY: SESSION(ts, gap)."},
		{"window", function.Auxiliary, "DESCRIPTOR", "DESCRIPTOR(column, …)", "Names columns as an argument of a table function."},
		{"window", function.Auxiliary, "ROW_NUMBER", "ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)", "The number of the row in its partition, from 1."},
		{"window", function.Auxiliary, "RANK", "RANK() OVER (PARTITION BY … ORDER BY …)", "One more than the number of rows that come before; equal rows share a rank."},
		{"window", function.Auxiliary, "DENSE_RANK", "DENSE_RANK() OVER (PARTITION BY … ORDER BY …)", "As RANK, without gaps."},
		{"window", function.Auxiliary, "PERCENT_RANK", "PERCENT_RANK() OVER (PARTITION BY … ORDER BY …)", "The rank as a part of the partition, from 0 to 1."},
		{"window", function.Auxiliary, "CUME_DIST", "CUME_DIST() OVER (PARTITION BY … ORDER BY …)", "The part of the partition's rows up to this one."},
		{"window", function.Auxiliary, "NTILE", "NTILE(n) OVER (PARTITION BY … ORDER BY …)", "The number of the row's bucket when the partition is cut into n."},
		{"window", function.Auxiliary, "LEAD", "LEAD(x[, n[, default]]) OVER (PARTITION BY … ORDER BY …)", "The value n rows later."},
		{"window", function.Auxiliary, "LAG", "LAG(x[, n[, default]]) OVER (PARTITION BY … ORDER BY …)", "The value n rows before."},
		{"aggregate", function.Auxiliary, "GROUPING", "GROUPING(x, …)", "A bit for each expression: 1 if the row's grouping set leaves it out."},
		{"aggregate", function.Auxiliary, "GROUPING_ID", "GROUPING_ID(x, …)", "As GROUPING."},
		{"aggregate", function.Auxiliary, "GROUP_ID", "GROUP_ID()", "The number of the grouping set among equal ones."},
		{"table", function.Table, "ML_PREDICT", "FROM TABLE(ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(column, …)[, MAP[…]]))", "Adds what a model says about each row. Not supported yet: flott runs no models."},
		{"table", function.Table, "ML_EVALUATE", "FROM TABLE(ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(column, …), task[, MAP[…]]))", "How well a model does on rows whose answer is known. Not supported yet, nor does Flink run it."},
		{"table", function.Table, "VECTOR_SEARCH", "FROM t, LATERAL TABLE(VECTOR_SEARCH(TABLE s, t.vector, DESCRIPTOR(column), k[, MAP[…]]))", "The k rows of a table whose vectors are nearest. Not supported yet: no connector searches vectors."},
		{"table", function.Table, "TO_CHANGELOG", "FROM TABLE(TO_CHANGELOG(input => TABLE t [PARTITION BY k][, op => DESCRIPTOR(column)][, op_mapping => MAP[…]]))", "The changes of a table as rows that are only added, with a column of their kinds. Not supported yet."},
		{"table", function.Table, "FROM_CHANGELOG", "FROM TABLE(FROM_CHANGELOG(input => TABLE t[, op => DESCRIPTOR(column)][, op_mapping => MAP[…]]))", "Rows with a column of kinds as changes of a table. Not supported yet; the formats debezium-json and its like read such rows."},
		{"table", function.Table, "SNAPSHOT", "FROM t JOIN LATERAL TABLE(SNAPSHOT(input => TABLE s[, on_time => DESCRIPTOR(ts)][, …])) ON …", "The rows of a table as they are, to join with. Not supported yet; FOR SYSTEM_TIME AS OF joins with a table as it was."},
		{"table", function.Table, "DEDUPLICATE_KEEP_FIRST", "FROM TABLE(DEDUPLICATE_KEEP_FIRST(input => TABLE t PARTITION BY k[, on_time => DESCRIPTOR(ts)][, …]))", "The first row of each key. Not supported yet; ROW_NUMBER() with rn = 1 keeps it."},
		{"match", function.Auxiliary, "CLASSIFIER", "CLASSIFIER()", "In MATCH_RECOGNIZE: the name of the variable that the row matched."},
		{"match", function.Auxiliary, "FIRST", "FIRST(v.x[, n])", "In MATCH_RECOGNIZE: the value of the first row of a variable, or n rows later."},
		{"match", function.Auxiliary, "LAST", "LAST(v.x[, n])", "In MATCH_RECOGNIZE: the value of the last row of a variable, or n rows before."},
		{"match", function.Auxiliary, "PREV", "PREV(v.x[, n])", "In MATCH_RECOGNIZE: the value of the row before, or n rows before."},
		{"match", function.Auxiliary, "NEXT", "NEXT(v.x[, n])", "In MATCH_RECOGNIZE: the value of the row after, or n rows after."},
		{"match", function.Auxiliary, "MATCH_ROWTIME", "MATCH_ROWTIME([column])", "In MATCH_RECOGNIZE: the event time of the match's last row, a time attribute."},
		{"match", function.Auxiliary, "MATCH_PROCTIME", "MATCH_PROCTIME()", "In MATCH_RECOGNIZE: the processing time, a time attribute."},
	} {
		function.Register(&function.Def{Name: d.name, Class: d.class, Family: d.family, Syntax: d.syntax, Doc: d.doc})
	}
	for kind, args := range map[string]string{"TUMBLE": "size", "HOP": "slide, size", "SESSION": "gap"} {
		call := kind + "(ts, " + args + ")"
		for part, doc := range map[string]string{
			"START":    "The first moment of the window " + call + " of GROUP BY.",
			"END":      "The first moment after the window " + call + " of GROUP BY.",
			"ROWTIME":  "The last moment of the window " + call + " of GROUP BY, a time attribute.",
			"PROCTIME": "The processing time of the window " + call + " of GROUP BY, a time attribute.",
		} {
			name := kind + "_" + part
			function.Register(&function.Def{Name: name, Class: function.Auxiliary, Family: "window", Syntax: name + "(ts, " + args + ")", Doc: doc})
		}
	}
}
