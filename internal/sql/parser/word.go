package parser

import (
	"strings"

	"github.com/flott/flott/internal/sql/ast"
)

// grammarWords are the words that the grammar knows beside the reserved ones.
const grammarWords = `
A ABSENT ADD ADVICE AFTER ALWAYS ANALYZE ARRAY_AGG ARTIFACT BEFORE BERNOULLI BUCKETS BYTES CALL CASCADE CATALOG
CENTURY CHANGELOG_MODE CLEAR COLUMNS COMPILE COMPUTE CONDITIONAL CONFLICT CONNECTION CONSTRAINTS DATA DATABASE DAYS
DECADE DEDUPLICATE DEFAULT DESC ASC DESCRIPTOR DISTRIBUTION DO DOW DOY DRAIN ENFORCED EPOCH ERROR ESTIMATED_COST
EXCLUDING EXIT FILE ARCHIVE FINAL FIRST FIRST_VALUE FOLLOWING FORMAT FRESHNESS FROM_BEGINNING FROM_NOW FROM_TIMESTAMP
GENERATED HELP HOURS IF IGNORE IMMEDIATELY INCLUDING INPUT INSTEAD ISODOW ISOYEAR JAR JARS JAVA JOB JOBS JSON
JSON_ARRAY JSON_ARRAYAGG JSON_EXECUTION_PLAN JSON_OBJECT JSON_OBJECTAGG KEY LAST LIKE LOAD MAP MATCHED
MATCH_RECOGNIZE METADATA MICROSECOND MILLENNIUM MILLISECOND MINUTES MODEL MONTHS NANOSECOND NOTHING NULLS OBJECT
OPTIONS ORDINALITY OUTPUT OVERWRITE OVERWRITING PARTITIONED PARTITIONS PASSING PAST PLACING PLAN PLAN_ADVICE
PRECEDING PROCTIME PYTHON QUARTER QUARTERS QUIT REMOVE REPEATABLE REPLACE RESPECT RESTRICT RESUME_OR_FROM_BEGINNING
RESUME_OR_FROM_NOW RESUME_OR_FROM_TIMESTAMP RETURNING SCALAR SECONDS SECURITY SETS SKIP START_MODE STATISTICS STOP
STRUCTURED SUBSET TEMPORARY TIES TIMESTAMPADD TIMESTAMPDIFF TUMBLE TYPE UNBOUNDED UNCONDITIONAL UNLOAD VIEW VIRTUAL
WEEK WEEKS WRAPPER YEARS ZONE TABLES OVERLAPS EXECUTE ESTIMATED MODULES SYSTEM PERIOD ENCODING UTF8 KEYS
`

// words maps every word of the grammar to itself: one shared string each.
var words = func() map[string]wordInfo {
	m := map[string]wordInfo{}
	for _, w := range strings.Fields(grammarWords) {
		m[w] = wordInfo{word: w}
	}
	for _, w := range ast.ReservedWords() {
		m[w] = wordInfo{word: w, reserved: true}
	}
	return m
}()

type wordInfo struct {
	word     string
	reserved bool
}

const longestWord = 40

// lookup returns a word of the grammar in upper case, or "".
func lookup(text string) (word string, reserved bool) {
	if len(text) > longestWord {
		return "", false
	}
	var buf [longestWord]byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
	}
	w := words[string(buf[:len(text)])]
	return w.word, w.reserved
}

// niladic are the functions called without parentheses.
var niladic = setOf(`CURRENT_CATALOG CURRENT_DATE CURRENT_DEFAULT_TRANSFORM_GROUP CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA
	CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP SESSION_USER SYSTEM_USER USER`)

func setOf(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}
