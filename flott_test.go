package flott_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flott/flott"
)

func Example() {
	script := `
		CREATE TABLE numbers (x INT) WITH (
		  'connector' = 'datagen', 'number-of-rows' = '4',
		  'fields.x.kind' = 'sequence', 'fields.x.start' = '1', 'fields.x.end' = '4');
		SELECT MOD(x, 2) AS odd, SUM(x) AS total FROM numbers GROUP BY MOD(x, 2);`
	for st, err := range flott.Run(context.Background(), script, flott.Set("parallelism.default", "1")) {
		if err != nil {
			fmt.Print(flott.Explain(err))
			return
		}
		for row, err := range st.Rows() {
			if err != nil {
				fmt.Print(flott.Explain(err))
				return
			}
			fmt.Println(row)
		}
	}
	// Output:
	// +I[1, 1]
	// +I[0, 2]
	// -U[1, 1]
	// +U[1, 4]
	// -U[0, 2]
	// +U[0, 6]
}

const endless = `CREATE TABLE t (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');`

func TestStatements(t *testing.T) {
	var got []string
	for st, err := range flott.Run(context.Background(), `CREATE VIEW v AS SELECT 1 AS a, CAST(NULL AS STRING) AS nothing;
		SET 'no.such' = '1'; SHOW VIEWS; SELECT * FROM v;`) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%d %s:", st.Number, strings.Fields(st.SQL)[0])
		for _, c := range st.Columns {
			line += " " + c.Name + " " + c.Type.String()
		}
		for row, err := range st.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			line += " " + row.String()
		}
		if len(st.Notes) > 0 {
			line += " note"
		}
		got = append(got, line)
		for range st.Rows() {
			t.Error("rows come twice")
		}
	}
	want := []string{"1 CREATE:", "2 SET: note", "3 SHOW: view name STRING +I[v]", "4 SELECT: a INT NOT NULL nothing STRING +I[1, NULL]"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestLeaving: leaving either loop ends queries and jobs that would go on for ever.
func TestLeaving(t *testing.T) {
	rows, statements := 0, 0
	for st, err := range flott.Run(context.Background(), endless+`
		CREATE TABLE s (x INT) WITH ('connector' = 'blackhole');
		INSERT INTO s SELECT x FROM t;
		SELECT x FROM t;
		SELECT x FROM t;
		SELECT x FROM t;`) {
		if err != nil {
			t.Fatal(err)
		}
		statements++
		switch st.Number {
		case 4:
			for _, err := range st.Rows() {
				if err != nil {
					t.Fatal(err)
				}
				if rows++; rows == 5 {
					break
				}
			}
		case 5: // rows that nobody reads
		}
		if st.Number == 6 {
			break
		}
	}
	if rows != 5 || statements != 6 {
		t.Errorf("%d rows, %d statements", rows, statements)
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	for st, err := range flott.Run(ctx, endless+"SELECT x FROM t;") {
		if err != nil {
			last = err
			break
		}
		for _, err := range st.Rows() {
			cancel()
			last = err
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("a cancelled query ends with %v", last)
	}
}

func TestErrors(t *testing.T) {
	failure := func(script string) (n int, last error) {
		for st, err := range flott.Run(context.Background(), script) {
			if err != nil {
				return n, err
			}
			n++
			for _, err := range st.Rows() {
				if err != nil {
					return n, err
				}
			}
		}
		return n, nil
	}
	n, err := failure("SELECT 1; SELECT nope FROM (VALUES (1)) AS t(x)")
	var e *flott.Error
	if !errors.As(err, &e) || n != 1 || e.Statement != 2 || e.Code() != "unknown-column" {
		t.Fatalf("after %d statements: %v", n, err)
	}
	want := `error[unknown-column]: column "nope" does not exist
  --> line 1, column 18
 1 | SELECT 1; SELECT nope FROM (VALUES (1)) AS t(x)
   |                  ^^^^
help: t has: x
`
	if got := flott.Explain(err); got != want {
		t.Errorf("got\n%s", got)
	}

	// A query that fails while it runs, and an INSERT.
	if _, err = failure("SELECT CAST('x' AS INT)"); err == nil || !strings.Contains(err.Error(), "INT") {
		t.Errorf("a query that fails gives %v", err)
	}
	_, err = failure("CREATE TABLE s (x INT) WITH ('connector' = 'blackhole'); INSERT INTO s SELECT CAST(y AS INT) FROM (VALUES ('x')) AS t(y)")
	if !errors.As(err, &e) || e.Code() != "cast" {
		t.Errorf("an INSERT that fails gives %v", err)
	}
	if _, err = failure("SELECT 1, FROM t"); !errors.As(err, &e) || e.Code() != "syntax" {
		t.Errorf("a syntax error gives %v", err)
	}
	for _, err := range flott.Run(context.Background(), "SELECT 1", flott.Set("parallelism.default", "many")) {
		if err == nil {
			t.Error("a setting without meaning is taken")
		}
	}
}
