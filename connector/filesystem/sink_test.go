package filesystem

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/connectortest"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// visible lists the lines of the files below a folder that a reader of the
// table sees, each with its folder.
func visible(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || hidden(d.Name()) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			out = append(out, filepath.ToSlash(folder)+" "+strings.TrimSuffix(line, "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// names lists the files below a folder, hidden ones too.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ids makes a batch of the columns `a` INT, `k` STRING: 1, x; 2, y; ….
func ids(from, to int) *vector.Batch {
	b := vector.NewBatch([]types.Type{types.TInt, types.TString}, to-from)
	for i := from; i < to; i++ {
		vector.Append(b.Cols[0], int32(i))
		if k := []string{"x", "y", ""}[i%3]; k != "" {
			b.Cols[1].AppendString(k)
		} else {
			b.Cols[1].AppendNull()
		}
	}
	b.SetLen(to - from)
	return b
}

func sinkOf(t *testing.T, table connector.Table) connector.Sink {
	t.Helper()
	s, err := connector.Find("filesystem").NewSink(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tableAt(t *testing.T, dir string, options ...string) connector.Table {
	t.Helper()
	return connectortest.Table(t, "`a` INT, `k` STRING", append([]string{"path", dir, "format", "json"}, options...)...)
}

func TestSinkContract(t *testing.T) {
	batches := []*vector.Batch{ids(0, 3), ids(3, 4), ids(4, 9)}
	var flat, byKey []string
	for i := range 9 {
		flat = append(flat, fmt.Sprintf(`. {"a":%d,"k":%s}`, i, []string{`"x"`, `"y"`, "null"}[i%3]))
		byKey = append(byKey, fmt.Sprintf(`k=%s {"a":%d}`, []string{"x", "y", "__DEFAULT_PARTITION__"}[i%3], i))
	}
	tests := []struct {
		name    string
		options []string
		keys    []string
		want    []string
	}{
		{"one file", nil, nil, flat},
		{"rolling", []string{"sink.rolling-policy.file-size", "40 b"}, nil, flat},
		{"partitions", nil, []string{"k"}, byKey},
		{"partitions, rolling", []string{"sink.rolling-policy.file-size", "1 b"}, []string{"k"}, byKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			open := func(t *testing.T) connectortest.Target {
				dir := t.TempDir()
				table := tableAt(t, dir, tt.options...)
				table.PartitionKeys = tt.keys
				return connectortest.Target{Sink: sinkOf(t, table), Read: func() []string { return visible(t, dir) }}
			}
			connectortest.RunSink(t, open, tableAt(t, "").Physical, batches, tt.want)
		})
	}
}

// job is a writer and committer of a table.
type job struct {
	t *testing.T
	w connector.Writer
	c connector.Committer
}

func start(t *testing.T, table connector.Table, env connector.Env, restored ...[]byte) *job {
	t.Helper()
	s := sinkOf(t, table)
	w, err := s.Writer(env, table.Physical, restored)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Committer(env)
	if err != nil {
		t.Fatal(err)
	}
	return &job{t, w, c}
}

func (j *job) write(b *vector.Batch) {
	j.t.Helper()
	if err := j.w.Write(context.Background(), b); err != nil {
		j.t.Fatal(err)
	}
}

func (j *job) prepare(checkpoint int64) ([]byte, []connector.Committable) {
	j.t.Helper()
	s, c, err := j.w.Prepare(context.Background(), checkpoint)
	if err != nil {
		j.t.Fatal(err)
	}
	return s, c
}

func (j *job) commit(c []connector.Committable) {
	j.t.Helper()
	if err := j.c.Commit(context.Background(), c, false); err != nil {
		j.t.Fatal(err)
	}
}

// finish ends the input and commits.
func (j *job) finish() {
	j.t.Helper()
	if err := j.w.(connector.Ender).End(); err != nil {
		j.t.Fatal(err)
	}
	_, c := j.prepare(0)
	j.commit(c)
	if err := j.w.Close(); err != nil {
		j.t.Fatal(err)
	}
}

// TestOtherSubtask restores the second writer of two: what it is given is its own.
func TestOtherSubtask(t *testing.T) {
	dir := t.TempDir()
	env := connectortest.Env()
	env.Subtask, env.Parallelism = 1, 2
	j := start(t, tableAt(t, dir), env)
	j.write(ids(0, 2))
	state, _ := j.prepare(1)
	j.w.Close()
	env.JobID = "another"
	j = start(t, tableAt(t, dir), env, state)
	j.write(ids(2, 3))
	j.finish()
	expect(t, visible(t, dir), `. {"a":0,"k":"x"}`, `. {"a":1,"k":"y"}`, `. {"a":2,"k":null}`)
}

// TestRescale gives the files of two writers to one.
func TestRescale(t *testing.T) {
	dir := t.TempDir()
	var states [][]byte
	for i := range 2 {
		env := connectortest.Env()
		env.Subtask, env.Parallelism = i, 2
		j := start(t, tableAt(t, dir), env)
		j.write(ids(i, i+1))
		state, _ := j.prepare(1)
		states = append(states, state)
		j.w.Close()
	}
	j := start(t, tableAt(t, dir), connectortest.Env(), states...)
	j.write(ids(2, 3))
	j.finish()
	expect(t, visible(t, dir), `. {"a":0,"k":"x"}`, `. {"a":1,"k":"y"}`, `. {"a":2,"k":null}`)
}

// TestOlderCheckpoint goes back behind a commit: the file becomes hidden again.
func TestOlderCheckpoint(t *testing.T) {
	dir := t.TempDir()
	j := start(t, tableAt(t, dir), connectortest.Env())
	j.write(ids(0, 1))
	state, _ := j.prepare(1)
	j.write(ids(1, 2))
	j.finish()
	expect(t, visible(t, dir), `. {"a":0,"k":"x"}`, `. {"a":1,"k":"y"}`)
	j = start(t, tableAt(t, dir), connectortest.Env(), state)
	expect(t, visible(t, dir))
	j.write(ids(1, 2))
	j.finish()
	expect(t, visible(t, dir), `. {"a":0,"k":"x"}`, `. {"a":1,"k":"y"}`)
}

// TestOrphans leaves no hidden file of the time after the checkpoint.
func TestOrphans(t *testing.T) {
	dir := t.TempDir()
	table := tableAt(t, dir)
	table.PartitionKeys = []string{"k"}
	j := start(t, table, connectortest.Env())
	j.write(ids(0, 1))
	state, _ := j.prepare(1)
	j.write(ids(1, 3)) // two more folders
	j.w.Close()
	if n := len(names(t, dir)); n != 3 {
		t.Fatalf("%d files, want 3", n)
	}
	j = start(t, table, connectortest.Env(), state)
	j.finish()
	if got := names(t, dir); len(got) != 1 || hidden(got[0]) {
		t.Errorf("files %q, want the one of the checkpoint", got)
	}
}

// TestOrphansOfKilledRuns removes what runs of the same job have left that came to
// no checkpoint, and nothing of another job in the same folder.
func TestOrphansOfKilledRuns(t *testing.T) {
	dir := t.TempDir()
	table := tableAt(t, dir)
	table.PartitionKeys = []string{"k"}
	run := func(owner, id, operator string, subtask, parallelism int) *job {
		env := connectortest.Env()
		env.Owner, env.JobID, env.Operator, env.Subtask, env.Parallelism = owner, id, operator, subtask, parallelism
		return start(t, table, env)
	}
	killed := []*job{run("me", "run1", "a", 0, 3), run("me", "run1", "a", 2, 3), run("you", "run1", "a", 0, 1), run("me", "run1", "b", 0, 1)}
	for _, j := range killed {
		j.write(ids(0, 2)) // two folders
		j.w.Close()
	}
	if n := len(names(t, dir)); n != 8 {
		t.Fatalf("%d files, want 8", n)
	}
	again := []*job{run("me", "run2", "a", 0, 2), run("me", "run2", "a", 1, 2)}
	if n := len(names(t, dir)); n != 4 {
		t.Errorf("%d files, want those of the two others", n)
	}
	for _, j := range again {
		j.write(ids(0, 1))
	}
	for _, j := range again {
		j.finish()
	}
	expect(t, visible(t, dir), `k=x {"a":0}`, `k=x {"a":0}`)
	run("you", "run2", "a", 0, 1)
	run("me", "run2", "b", 0, 1)
	if n := len(names(t, dir)); n != 2 {
		t.Errorf("%d files, want the two that are visible", n)
	}
}

// TestUnclaimed removes what a killed job without checkpoints has left, and nothing of
// one that lives.
func TestUnclaimed(t *testing.T) {
	dir := t.TempDir()
	table := tableAt(t, dir)
	table.PartitionKeys = []string{"k"}
	run := func(id string) *job {
		env := connectortest.Env()
		env.Owner, env.JobID = "", id
		return start(t, table, env)
	}
	failed := run("fails")
	failed.write(ids(0, 1))
	failed.w.Close()
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("a job that failed has left %q", left)
	}
	failed = run("fails before the commit")
	failed.write(ids(0, 1))
	failed.prepare(0)
	failed.w.Close()
	lives, killed := run("lives"), run("is killed")
	lives.write(ids(0, 1))
	killed.write(ids(0, 2))
	killed.w.(*writer).claim.file.Close()
	if n := len(names(t, dir)); n != 5 {
		t.Fatalf("%d files, want three and two claims", n)
	}
	run("the next").finish()
	if n := len(names(t, dir)); n != 2 {
		t.Errorf("files %q, want that of the job that lives, and its claim", names(t, dir))
	}
	lives.finish()
	expect(t, visible(t, dir), `k=x {"a":0}`)
	if n := len(names(t, dir)); n != 1 {
		t.Errorf("files %q, want one", names(t, dir))
	}
}

// TestTwoSinksOfAJob write to the same table, side by side and over what was there.
func TestTwoSinksOfAJob(t *testing.T) {
	for _, overwrite := range []bool{false, true} {
		dir := t.TempDir()
		put(t, dir, "old.json", "old\n")
		table := tableAt(t, dir)
		table.Overwrite = overwrite
		one, two := connectortest.Env(), connectortest.Env()
		one.Operator, two.Operator = "one", "two"
		a, b := start(t, table, one), start(t, table, two)
		a.write(ids(0, 1))
		b.write(ids(1, 2))
		a.finish()
		b.finish()
		want := []string{`. {"a":0,"k":"x"}`, `. {"a":1,"k":"y"}`}
		if !overwrite {
			want = append(want, ". old")
			slices.Sort(want)
		}
		expect(t, visible(t, dir), want...)
	}
}

func TestShorterThanCheckpoint(t *testing.T) {
	dir := t.TempDir()
	j := start(t, tableAt(t, dir), connectortest.Env())
	j.write(ids(0, 2))
	state, _ := j.prepare(1)
	j.w.Close()
	file := filepath.Join(dir, names(t, dir)[0])
	if err := os.Truncate(file, 5); err != nil {
		t.Fatal(err)
	}
	s := sinkOf(t, tableAt(t, dir))
	if _, err := s.Writer(connectortest.Env(), tableAt(t, dir).Physical, [][]byte{state}); err == nil || !strings.Contains(err.Error(), "has 5 bytes, at the checkpoint it had") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Writer(connectortest.Env(), tableAt(t, dir).Physical, [][]byte{state}); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("got %v", err)
	}
}

// TestAge closes files at a barrier when they are old enough.
func TestAge(t *testing.T) {
	for _, key := range []string{"sink.rolling-policy.rollover-interval", "sink.rolling-policy.inactivity-interval"} {
		dir := t.TempDir()
		env := connectortest.Env()
		now := time.Unix(0, 0)
		env.Now = func() time.Time { return now }
		j := start(t, tableAt(t, dir, key, "1 min"), env)
		j.write(ids(0, 1))
		now = now.Add(time.Minute - time.Second)
		if _, c := j.prepare(1); len(c) != 0 {
			t.Errorf("%s: a young file was closed", key)
		}
		now = now.Add(time.Second)
		_, c := j.prepare(2)
		j.commit(c)
		expect(t, visible(t, dir), `. {"a":0,"k":"x"}`)
		j.w.Close()
	}
}

func TestOverwrite(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "old.json", "old\n", "k=x/old.json", "old\n")
	table := tableAt(t, dir)
	table.Overwrite = true
	j := start(t, table, connectortest.Env())
	j.write(ids(0, 1))
	expect(t, visible(t, dir), ". old", "k=x old")
	j.finish()
	expect(t, visible(t, dir), `. {"a":0,"k":"x"}`, "k=x old")

	j = start(t, table, connector.Env{JobID: "second", Failpoint: func(string) error { return nil }})
	j.finish() // no rows: the table is empty
	expect(t, visible(t, dir), "k=x old")

	table.PartitionKeys = []string{"k"}
	j = start(t, table, connectortest.Env())
	j.write(ids(1, 2))
	j.finish()
	expect(t, visible(t, dir), "k=x old", `k=y {"a":1}`) // only partitions written to
	j = start(t, table, connector.Env{JobID: "third", Failpoint: func(string) error { return nil }})
	j.write(ids(0, 1))
	j.finish()
	expect(t, visible(t, dir), `k=x {"a":0}`, `k=y {"a":1}`)
}

func TestSuccessFile(t *testing.T) {
	dir := t.TempDir()
	table := tableAt(t, dir, "sink.partition-commit.policy.kind", "success-file", "sink.partition-commit.success-file.name", "_DONE")
	table.PartitionKeys = []string{"k"}
	j := start(t, table, connectortest.Env())
	j.write(ids(0, 1))
	j.prepare(1)
	if _, err := os.Stat(filepath.Join(dir, "k=x", "_DONE")); err == nil {
		t.Error("the success file is there before the commit")
	}
	j.finish()
	if _, err := os.Stat(filepath.Join(dir, "k=x", "_DONE")); err != nil {
		t.Error(err)
	}
}

// TestPartitionNames writes values that are no names of folders, and reads them
// back.
func TestPartitionNames(t *testing.T) {
	values := []string{"a/b", "..", ".", "=", "%", "ä", "a b", "x:y*", "", "\x00\n", `\`, "_", ".hidden"}
	dir := t.TempDir()
	table := tableAt(t, dir)
	table.PartitionKeys = []string{"k"}
	j := start(t, table, connectortest.Env())
	b := vector.NewBatch([]types.Type{types.TInt, types.TString}, len(values))
	var want []string
	for i, v := range values {
		vector.Append(b.Cols[0], int32(i))
		b.Cols[1].AppendString(v)
		if v == "" {
			v = "NULL" // as in Flink, an empty value is the default partition
		}
		want = append(want, v)
	}
	b.SetLen(len(values))
	j.write(b)
	j.finish()
	var got []string
	for _, line := range connectortest.RunSource(t, sourceOf(t, table), table.Physical[1:]) {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(line, "+I["), "]"))
	}
	slices.Sort(got)
	slices.Sort(want)
	expect(t, got, want...)
}
