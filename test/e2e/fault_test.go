package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/test/broker"
	"github.com/flott/flott/test/cli"
)

// run runs a script, which has to end by itself, and returns its last failure.
func run(t *testing.T, flott cli.Binary, patience time.Duration, sql string, args ...string) (cli.Result, []cli.Answer) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "job.sql")
	if err := os.WriteFile(path, []byte(sql), 0o644); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"run", "--fresh", "--output", "jsonl", "-D", "restart-strategy.type=none"}, args...)
	r, err := flott.Run(context.Background(), patience, dir, append(args, path)...)
	if err != nil {
		t.Fatal(err)
	}
	if r.TimedOut {
		t.Fatalf("still running after %s\n%s", patience, cli.Tail(r.Stderr, 40))
	}
	answers, err := cli.ParseAnswers(r.Stdout)
	if err != nil {
		t.Fatalf("%v\n%s", err, cli.Tail(r.Stderr, 10))
	}
	return r, answers
}

// fails runs a script that has to fail with an exit code, and with a message in
// which all the words stand.
func fails(t *testing.T, flott cli.Binary, patience time.Duration, code int, sql string, words ...string) {
	t.Helper()
	r, answers := run(t, flott, patience, sql)
	if r.ExitCode != code {
		t.Errorf("exit code %d, want %d\n%s", r.ExitCode, code, cli.Tail(r.Stderr, 10))
	}
	i := slices.IndexFunc(answers, func(a cli.Answer) bool { return a.Failure != nil })
	if i < 0 {
		t.Fatalf("no statement failed\n%s", cli.Tail(r.Stderr, 10))
	}
	for _, w := range words {
		// What does not fit into the message may stand in the help below it.
		if !strings.Contains(answers[i].Failure.Message, w) && !bytes.Contains(r.Stderr, []byte(w)) {
			t.Errorf("%q is not named in: %s\n%s", w, answers[i].Failure, cli.Tail(r.Stderr, 10))
		}
	}
}

func table(k *kafka, name, columns, topic, format string, options ...string) string {
	text := fmt.Sprintf("CREATE TABLE %s (%s) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '%s', 'topic' = '%s', 'format' = '%s'", name, columns, k.addr, topic, format)
	for _, o := range options {
		text += ", " + o
	}
	return text + ");\n"
}

const (
	earliest = "'scan.startup.mode' = 'earliest-offset'"
	bounded  = "'scan.bounded.mode' = 'latest-offset'"
)

func TestBrokerUnreachable(t *testing.T) {
	nowhere := &kafka{addr: "127.0.0.1:1"}
	start := time.Now()
	fails(t, cli.Build(t), 30*time.Second, 1, table(nowhere, "i", "line STRING", "in", "raw", earliest, bounded)+"SELECT * FROM i;\n", "127.0.0.1:1")
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("the message took %s, want 10 s at the most", d.Round(time.Second))
	}
}

func TestTopicMissing(t *testing.T) {
	k := shared(t)
	fails(t, cli.Build(t), 30*time.Second, 1, table(k, "i", "line STRING", "no-such-topic", "raw", earliest, bounded)+"SELECT * FROM i;\n", "no-such-topic")
}

func TestTransactionTimeout(t *testing.T) {
	k := shared(t)
	out := k.topic(t, "out", 1)
	sql := table(k, "o", "line STRING", out, "raw", "'sink.delivery-guarantee' = 'exactly-once'", "'sink.transactional-id-prefix' = 'timeout'",
		"'properties.transaction.timeout.ms' = '3600000'") + "INSERT INTO o VALUES ('x');\n"
	fails(t, cli.Build(t), 30*time.Second, 1, sql, "transaction.timeout.ms", "transaction.max.timeout.ms")
}

func TestMalformedRecord(t *testing.T) {
	k, flott := shared(t), cli.Build(t)
	in := k.topic(t, "in", 1)
	broken := `{"id": 2, "note": "` + strings.Repeat("x", 400)
	k.produce(t, in, 1, `{"id": 1}`, broken, `{"id": 3}`)
	fails(t, flott, 30*time.Second, 1, table(k, "i", "id BIGINT", in, "json", earliest, bounded)+"SELECT * FROM i;\n",
		in, "partition 0", "offset 1", broken[:200])

	_, answers := run(t, flott, 30*time.Second, table(k, "i", "id BIGINT", in, "json", earliest, bounded, "'json.ignore-parse-errors' = 'true'")+"SELECT * FROM i;\n")
	var got []string
	for _, r := range answers[len(answers)-1].Rows {
		got = append(got, r.String())
	}
	if want := []string{"+I[1]", "+I[3]"}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

// TestBrokerRestart takes the broker away while a job runs and brings it back.
func TestBrokerRestart(t *testing.T) {
	b := broker.Own(t)
	k, flott, dir := dial(t, b.Addr), cli.Build(t), t.TempDir()
	in, out := k.topic(t, "in", partitions), k.topic(t, "out", partitions)
	j := jobs[0]
	p := flott.Start(t, dir, "run", j.write(t, dir, k, in, out, out))
	j.feed(t, k, in, 0, 3000)
	k.await(t, p, out, len(j.out(3000)), time.Minute)
	for _, end := range []func(){b.Stop, b.Kill} {
		end()
		if err := b.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	j.feed(t, k, in, 3000, 6000)
	k.await(t, p, out, len(j.out(6000)), 2*time.Minute)
	stop(t, p, syscall.SIGTERM)
	exactlyOnce(t, j.out(6000), k.committed(t, out))
}

// TestBrokerDownAtRestart starts a job again, after a crash, while its broker is
// still down: it says so and waits.
func TestBrokerDownAtRestart(t *testing.T) {
	b := broker.Own(t)
	k, flott, dir := dial(t, b.Addr), cli.Build(t), t.TempDir()
	in, out := k.topic(t, "in", partitions), k.topic(t, "out", partitions)
	j := jobs[0]
	j.sql = strings.ReplaceAll(j.sql, "SET 'restart-strategy.type' = 'none';", "")
	script := j.write(t, dir, k, in, out, out)
	p := flott.Start(t, dir, "run", script)
	j.feed(t, k, in, 0, 300)
	k.await(t, p, out, len(j.out(300)), time.Minute)
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	b.Kill()
	p = flott.Start(t, dir, "run", script)
	until(t, p, "word of the broker", func() bool {
		s := string(p.Stderr())
		return strings.Contains(s, "restarts in") && strings.Contains(s, "cannot reach broker "+b.Addr)
	})
	stop(t, p, syscall.SIGTERM) // while it waits
	if !bytes.Contains(p.Stderr(), []byte("run it again to go on from checkpoint")) {
		t.Errorf("how to go on is not said:\n%s", cli.Tail(p.Stderr(), 10))
	}
	p = flott.Start(t, dir, "run", script)
	if err := b.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	j.feed(t, k, in, 300, 600)
	k.await(t, p, out, len(j.out(600)), 2*time.Minute)
	stop(t, p, syscall.SIGTERM)
	exactlyOnce(t, j.out(600), k.committed(t, out))
}

// TestSecondCopy starts a job that runs already.
func TestSecondCopy(t *testing.T) {
	k, flott, dir := shared(t), cli.Build(t), t.TempDir()
	in, out := k.topic(t, "in", partitions), k.topic(t, "out", partitions)
	script := jobs[0].write(t, dir, k, in, out, out)
	p := flott.Start(t, dir, "run", script)
	jobs[0].feed(t, k, in, 0, 300)
	k.await(t, p, out, len(jobs[0].out(300)), time.Minute)
	r, err := flott.Run(context.Background(), 30*time.Second, dir, "run", script)
	if err != nil {
		t.Fatal(err)
	}
	if pid := fmt.Sprint(p.PID()); r.ExitCode != 1 && r.ExitCode != 2 || !strings.Contains(string(r.Stderr), pid) {
		t.Errorf("a second copy: exit code %d, want a refusal that names pid %s\n%s", r.ExitCode, pid, cli.Tail(r.Stderr, 10))
	}
	stop(t, p, syscall.SIGINT)
}

// TestDamagedCheckpoint flips a bit in, or cuts, every file of the newest
// checkpoint: it is refused by name, the one before is used, and nothing is lost.
func TestDamagedCheckpoint(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
	}{
		{"cut", func(b []byte) []byte { return b[:len(b)/2] }},
		{"flipped", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, k, flott, dir := jobs[2], shared(t), cli.Build(t), t.TempDir()
			in, out := k.topic(t, "in", partitions), k.topic(t, "out", partitions)
			script := j.write(t, dir, k, in, out, out)
			state := filepath.Join(dir, "checkpoints")
			keep := []string{"run", "-D", "execution.checkpointing.dir=" + state, "-D", "execution.checkpointing.num-retained=3", script}
			p := flott.With("FLOTT_FAILPOINT=after-checkpoint-metadata:exit:3").Start(t, dir, keep...)
			n := 0
			for ended := false; !ended; {
				j.feed(t, k, in, n, n+300)
				n += 300
				select {
				case <-p.Done():
					ended = true
				case <-time.After(50 * time.Millisecond):
				}
			}
			newest := newestCheckpoint(t, state)
			files := 0
			err := filepath.WalkDir(newest, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := os.ReadFile(path)
				if err != nil || len(b) == 0 {
					return err
				}
				files++
				return os.WriteFile(path, c.damage(b), 0o644)
			})
			if err != nil || files == 0 {
				t.Fatalf("%d files damaged in %s, %v", files, newest, err)
			}
			p = flott.Start(t, dir, keep...)
			j.end(t, k, in)
			want := j.out(n)
			k.await(t, p, out, len(want), time.Minute)
			stop(t, p, syscall.SIGTERM)
			exactlyOnce(t, want, k.committed(t, out))
			if name := filepath.Base(newest); !strings.Contains(string(p.Stderr()), name) {
				t.Errorf("%s is not named:\n%s", name, cli.Tail(p.Stderr(), 20))
			}
		})
	}
}

var checkpointName = regexp.MustCompile(`^chk-(\d+)$`)

// newestCheckpoint finds the folder chk-N with the highest N.
func newestCheckpoint(t *testing.T, dir string) string {
	t.Helper()
	newest, at := "", -1
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if m := checkpointName.FindStringSubmatch(d.Name()); m != nil && d.IsDir() {
			var n int
			fmt.Sscan(m[1], &n)
			if n > at {
				newest, at = path, n
			}
		}
		return nil
	})
	if err != nil || newest == "" {
		t.Fatalf("no checkpoint below %s: %v", dir, err)
	}
	return newest
}

// TestLargeRecord passes a record of eight megabytes in little memory.
func TestLargeRecord(t *testing.T) {
	b := broker.Own(t, "message.max.bytes=16777216", "replica.fetch.max.bytes=16777216")
	k, flott := dial(t, b.Addr), cli.Build(t)
	in := k.topic(t, "in", 1)
	large := dial(t, b.Addr, kgo.ProducerBatchMaxBytes(16<<20))
	large.produce(t, in, 1, "small", strings.Repeat("x", 8<<20), "small again")
	r, answers := run(t, flott, time.Minute, table(k, "i", "line STRING", in, "raw", earliest, bounded)+"SELECT CHAR_LENGTH(line) AS n FROM i;\n", "--memory", "48m")
	if r.ExitCode != 0 {
		t.Fatalf("exit code %d\n%s", r.ExitCode, cli.Tail(r.Stderr, 20))
	}
	var got []string
	for _, row := range answers[len(answers)-1].Rows {
		got = append(got, row.String())
	}
	if want := []string{"+I[5]", "+I[8388608]", "+I[11]"}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

// TestMemoryTooSmall asks for less memory than the job needs.
func TestMemoryTooSmall(t *testing.T) {
	flott := cli.Build(t)
	r, err := flott.Run(context.Background(), 10*time.Second, t.TempDir(), "run", "--memory", "1m", "-e", "SELECT * FROM (VALUES (1))")
	if err != nil {
		t.Fatal(err)
	}
	if r.ExitCode != 2 || !regexp.MustCompile(`\d+ ?(m|mb|MB|MiB)\b`).Match(r.Stderr) {
		t.Errorf("exit code %d, want 2 and the figure that would do\n%s", r.ExitCode, cli.Tail(r.Stderr, 10))
	}
}

// TestSecurity reads through SASL and TLS, and is refused with a wrong password.
func TestSecurity(t *testing.T) {
	b := broker.OwnSecure(t)
	k, flott := dial(t, b.Addr), cli.Build(t)
	in := k.topic(t, "in", 1)
	k.produce(t, in, 1, "a", "b")
	sasl := func(mechanism, module, password string) []string {
		return []string{
			"'properties.security.protocol' = 'SASL_PLAINTEXT'", "'properties.sasl.mechanism' = '" + mechanism + "'",
			"'properties.sasl.jaas.config' = 'org.apache.kafka.common.security." + module + ` required username="` + broker.User + `" password="` + password + `";'`,
		}
	}
	tls := []string{
		"'properties.security.protocol' = 'SSL'", "'properties.ssl.truststore.type' = 'PEM'",
		"'properties.ssl.truststore.location' = '" + b.Certificate + "'",
	}
	for _, c := range []struct {
		name    string
		addr    string
		options []string
		refused string
	}{
		{"plain", b.SASL, sasl("PLAIN", "plain.PlainLoginModule", broker.Password), ""},
		{"scram", b.SASL, sasl("SCRAM-SHA-256", "scram.ScramLoginModule", broker.Password), ""},
		{"tls", b.TLS, tls, ""},
		{"wrong password", b.SASL, sasl("PLAIN", "plain.PlainLoginModule", "wrong"), b.SASL},
	} {
		t.Run(c.name, func(t *testing.T) {
			sql := table(&kafka{addr: c.addr}, "i", "line STRING", in, "raw", append(c.options, earliest, bounded)...) + "SELECT * FROM i;\n"
			if c.refused != "" {
				fails(t, flott, 30*time.Second, 1, sql, c.refused)
				return
			}
			r, answers := run(t, flott, 30*time.Second, sql)
			if last := answers[len(answers)-1]; r.ExitCode != 0 || len(last.Rows) != 2 {
				t.Errorf("exit code %d, %d rows, want 2\n%s", r.ExitCode, len(last.Rows), cli.Tail(r.Stderr, 10))
			}
		})
	}
}
