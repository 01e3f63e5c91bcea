package parser

import (
	"strings"

	"github.com/flott/flott/internal/sql/ast"
)

// grammarWords are the words that the grammar knows beside the reserved ones.
const grammarWords = `
A ABSENT ADD AFTER ANALYZE ANTI ARCHIVE ARTIFACT ASC BERNOULLI CASCADE CATALOG CHANGELOG_MODE CLEAR COLUMNS
COMPILE COMPUTE CONDITIONAL CONFLICT CONNECTION CONSTRAINTS DATABASE DAYS DEDUPLICATE DEFAULT DESC DESCRIPTOR DO DRAIN
ENFORCED ERROR ESTIMATED_COST EXCLUDING EXIT FILE FINAL FIRST FOLLOWING FORMAT FROM_BEGINNING FROM_NOW FROM_TIMESTAMP
GENERATED HELP HOURS IF IGNORE IMMEDIATELY INCLUDING INPUT JAR JARS JAVA JOB JOBS JSON JSON_ARRAY JSON_ARRAYAGG
JSON_EXECUTION_PLAN JSON_OBJECT JSON_OBJECTAGG KEY LAST LOAD MAP MATCHED MATCH_RECOGNIZE METADATA MINUTES MODEL MONTHS
NORMALIZED NOTHING NULLS OBJECT OPTIONS ORDINALITY OUTPUT OVERWRITE OVERWRITING PARTITIONED PARTITIONS PASSING PAST
PLACING PLAN PLAN_ADVICE PRECEDING PYTHON QUARTER QUIT REMOVE REPEATABLE REPLACE RESPECT RESTRICT
RESUME_OR_FROM_BEGINNING RESUME_OR_FROM_NOW RESUME_OR_FROM_TIMESTAMP RETURNING SCALAR SECONDS SEMI SETS SKIP
SESSION START_MODE STATISTICS STOP TEMPORARY TIMESTAMPADD TIMESTAMPDIFF UNBOUNDED UNCONDITIONAL UNLOAD VIEW VIRTUAL WEEK
WRAPPER YEARS ZONE
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
