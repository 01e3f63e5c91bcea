package engine

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	_ "github.com/flott/flott/connector/all"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestIdentity: a job is known by name, or path, and by what it writes; the order
// of its sinks does not matter.
func TestIdentity(t *testing.T) {
	same := func(a, b string) {
		t.Helper()
		if a != b {
			t.Errorf("%s and %s are not the same", a, b)
		}
	}
	differ := func(a, b string) {
		t.Helper()
		if a == b {
			t.Errorf("%s stands for two", a)
		}
	}
	ab, ba := []string{"c.d.a", "c.d.b"}, []string{"c.d.b", "c.d.a"}
	same(Identity("n", "", ab), Identity("n", "", ba))
	same(Identity("n", "x.sql", ab), Identity("n", "y.sql", ab))
	same(Identity("", "x.sql", ab), Identity("", "./x.sql", ab))
	differ(Identity("", "x.sql", ab), Identity("", "y/x.sql", ab))
	differ(Identity("n", "", ab), Identity("n", "", ab[:1]))
	differ(Identity("n", "", ab), Identity("", "n", ab))
	for name, want := range map[string]string{"a b/c": "a_b_c-", "../etc": "_.", "é": "_"} {
		if got := Identity(name, "", nil); !strings.HasPrefix(got, want) || strings.ContainsAny(got, "/\\ ") {
			t.Errorf("the folder of %q is %q", name, got)
		}
	}
	if got := Identity("", "/jobs/clicks.sql", nil); !strings.HasPrefix(got, "clicks-") {
		t.Errorf("the folder of clicks.sql is %q", got)
	}
}

func TestCountJobs(t *testing.T) {
	for script, want := range map[string]int{
		"": 0, "SET 'a' = 'b'": 0, "SELECT 1; SELECT 2": 1, "-- INSERT\nINSERT INTO a SELECT 1; INSERT INTO b SELECT 2; SELECT 3": 3,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; WITH x AS (SELECT 1) SELECT * FROM x": 2,
	} {
		if got := countJobs(script); got != want {
			t.Errorf("%q has %d jobs, not %d", script, got, want)
		}
	}
}

func TestFigures(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 61 * time.Minute: "1 h", 119 * time.Second: "1 min", 49 * time.Hour: "2 days"} {
		if got := age(d); got != want {
			t.Errorf("%v is %q old", d, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KB", 5 << 30: "5.0 GB", 5 << 42: "20480.0 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d bytes are %q", n, got)
		}
	}
}

func TestOpen(t *testing.T) {
	for _, settings := range []map[string]string{
		{"taskmanager.memory.process.size": "lots"},
		{"taskmanager.memory.process.size": "1m"},
		{"execution.runtime-mode": "sometimes"},
	} {
		if e, err := Open(Options{Settings: settings}); err == nil {
			e.Close()
			t.Errorf("%v is taken", settings)
		}
	}
	e, err := Open(Options{Settings: map[string]string{"no.such.key": "1", "execution.checkpointing.unaligned.enabled": "true"}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if n := e.Notes(); len(n) != 2 {
		t.Errorf("notes: %q", n)
	}
}

// execute runs a script and returns the answers.
func execute(t *testing.T, e *Engine, script string) []*session.Result {
	t.Helper()
	s, err := e.Session(script)
	if err != nil {
		t.Fatal(err)
	}
	var out []*session.Result
	for p := range parser.Split(script) {
		r, errs := s.Execute(context.Background(), p)
		if errs != nil {
			t.Fatal(errs[0])
		}
		out = append(out, r)
	}
	return out
}

// TestJobs: what INSERT, CREATE TABLE AS and statement sets start.
func TestJobs(t *testing.T) {
	e, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rs := execute(t, e, `
		CREATE TABLE a (x INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');
		CREATE TABLE b (x INT) WITH ('connector' = 'blackhole');
		INSERT INTO b SELECT x FROM a;
		CREATE TABLE c WITH ('connector' = 'blackhole') AS SELECT x FROM a;
		SET 'table.dml-sync' = 'true';
		SET 'pipeline.name' = 'both';
		EXECUTE STATEMENT SET BEGIN INSERT INTO b SELECT x FROM a; INSERT INTO c SELECT x FROM a; END;
		SELECT x FROM a;`)
	for i, want := range map[int]string{
		2: "insert-into_default_catalog.default_database.b: [a (datagen)] -> [b (blackhole, none)] false",
		3: "insert-into_default_catalog.default_database.c: [a (datagen)] -> [c (blackhole, none)] false",
		6: "both: [a (datagen)] -> [b (blackhole, none) c (blackhole, none)] true",
	} {
		r := rs[i]
		sync := "false"
		if r.Sync {
			sync = "true"
		}
		got := r.Name + ": [" + strings.Join(r.Sources, " ") + "] -> [" + strings.Join(r.Sinks, " ") + "] " + sync
		if r.Kind != session.Submitted || got != want {
			t.Errorf("statement %d: %s", i+1, got)
		}
		if err := r.Job.Wait(context.Background()); err != nil {
			t.Errorf("statement %d: %v", i+1, err)
		}
	}
	q, rows := rs[7], 0
	for {
		b, err := q.Job.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += b.Len()
	}
	if rows != 3 || q.Kind != session.Query {
		t.Errorf("%d rows", rows)
	}
}

// TestStop: jobs that Stop ends say so, and nothing starts afterwards.
func TestStop(t *testing.T) {
	e, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rs := execute(t, e, `CREATE TABLE a (x INT) WITH ('connector' = 'datagen'); CREATE TABLE b (x INT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT x FROM a;`)
	e.Stop(false)
	if err := rs[2].Job.Wait(context.Background()); !errors.Is(err, ErrStopped) {
		t.Errorf("the job ends with %v", err)
	}
	s, err := e.Session("SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	for p := range parser.Split("SELECT 1") {
		if _, errs := s.Execute(context.Background(), p); errs == nil {
			t.Error("a stopped engine starts a job")
		}
	}
}
