package rest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// output runs a program and returns what it printed, without colours.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, b)
	}
	return regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`).ReplaceAllString(string(b), "")
}

// TestSQLClient runs a script with Flink's SQL client in gateway mode: settings,
// DDL, queries of both modes, a statement set, an INSERT that is waited for, the
// jobs, a stop, and a mistake, which ends the script.
func TestSQLClient(t *testing.T) {
	home := flinkHome(t)
	program(t, "java")
	s := start(t)
	init, script := filepath.Join(s.dir, "init.sql"), filepath.Join(s.dir, "script.sql")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(init, `SET 'sql-client.execution.result-mode' = 'tableau';
CREATE TABLE nothing (n INT) WITH ('connector' = 'blackhole');
CREATE TABLE five (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '5');
CREATE TABLE forever (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
`)
	write(script, `SET 'execution.runtime-mode' = 'batch';
SELECT n, n * n AS square FROM five ORDER BY n DESC;
RESET 'execution.runtime-mode';
SELECT COUNT(*) AS how_many FROM five;
SHOW TABLES;
DESCRIBE five;
SET 'table.dml-sync' = 'true';
BEGIN STATEMENT SET;
INSERT INTO nothing SELECT n FROM five;
INSERT INTO nothing SELECT n + 1 FROM five;
END;
SET 'table.dml-sync' = 'false';
SET 'pipeline.name' = 'an endless one';
INSERT INTO nothing SELECT n FROM forever;
SHOW JOBS;
SELECT nope FROM five;
SELECT 4711;
`)
	got := output(t, filepath.Join(home, "bin", "sql-client"), "gateway", "--endpoint", s.address, "-i", init, "-f", script)
	for _, want := range []string{
		"| 5 |     25 |\n| 4 |     16 |", "5 rows in set", // the batch query, in its order
		"| -U |                    4 |\n| +U |                    5 |", "Received a total of 9 rows", // the stream's changelog
		"|    nothing |", "|    n |  INT | TRUE |",
		"[INFO] Complete execution of the SQL update statement.",
		"[INFO] SQL update statement has been successfully submitted to the cluster:\nJob ID: ",
		"an endless one |  RUNNING |",
		"[ERROR] Could not execute SQL statement. Reason:\nflott[unknown-column]: column \"nope\" does not exist\n  --> line 1, column 8\n 1 | SELECT nope FROM five;\n   |        ^^^^\nhelp: five has: n\n\nShutting down",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the client did not print %q", want)
		}
	}
	if strings.Contains(got, "4711") {
		t.Error("the script went on after its mistake")
	}
	id := regexp.MustCompile(`Job ID: ([0-9a-f]{32})`).FindStringSubmatch(got)
	if t.Failed() || id == nil {
		t.Fatalf("it printed\n%s", got)
	}
	write(script, "STOP JOB '"+id[1]+"' WITH SAVEPOINT;\nDESCRIBE JOB '"+id[1]+"';\n")
	write(init, "SET 'execution.checkpointing.savepoint-dir' = '"+filepath.Join(s.dir, "savepoints")+"';\n")
	got = output(t, filepath.Join(home, "bin", "sql-client"), "gateway", "--endpoint", s.address, "-i", init, "-f", script)
	if !strings.Contains(got, "savepoint path") || !strings.Contains(got, "savepoints/savepoint-") || !strings.Contains(got, "FINISHED") {
		t.Errorf("STOP JOB printed\n%s", got)
	}
}

// TestJDBC asks through Flink's JDBC driver.
func TestJDBC(t *testing.T) {
	home := flinkHome(t)
	java := program(t, "java")
	program(t, "javac")
	drivers, err := filepath.Glob(filepath.Join(home, "opt", "flink-sql-jdbc-driver-bundle-*.jar"))
	if err != nil || len(drivers) == 0 {
		lacking(t, "Flink's JDBC driver")
	}
	s := start(t)
	got := output(t, java, "-cp", drivers[0]+":"+filepath.Join(home, "lib", "*"), filepath.Join("testdata", "Probe.java"), s.address)
	const want = `catalog default_catalog, schema default_database
catalogs default_catalog
schemas default_database of default_catalog
column n INT NOT NULL
column t STRING NOT NULL
column d DECIMAL(13, 1) NOT NULL
column b BOOLEAN NOT NULL
column ts TIMESTAMP(3) NOT NULL
column dt DATE NOT NULL
column x INT
row 1 1 1.5 false 2024-01-02 03:04:05.678 2024-01-02 null
row 2 2 3.0 false 2024-01-02 03:04:05.678 2024-01-02 null
row 3 3 4.5 true 2024-01-02 03:04:05.678 2024-01-02 null
rows 12000, sum 72006000
insert true
job of 32 digits
error flott[unknown-column]: column "nope" does not exist`
	if g := strings.TrimSpace(got); g != want && !strings.HasPrefix(g, want) {
		t.Errorf("the driver answered\n%s\nwant\n%s", got, want)
	}
}
