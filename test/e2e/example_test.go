package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

// example copies an example's script to dir with some of its text replaced.
func example(t *testing.T, dir, name string, replace ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(cli.Root(t), "examples", name, "job.sql"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("examples/%s/job.sql has no %s", name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	path := filepath.Join(dir, "job.sql")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKafkaExamples runs the examples on a broker, with a few records each.
func TestKafkaExamples(t *testing.T) {
	type records map[string][]string // topic of the example to values
	for _, c := range []struct {
		name string
		in   records
		out  string
		want []string
	}{
		{
			name: "passthrough",
			in: records{"requests": {
				`{"id":1,"path":"/","status":200}`, `{"id":2,"path":"/health","status":200}`, `{"id":3,"path":"/cart","status":null}`,
			}},
			out:  "requests-clean",
			want: []string{`{"id":1,"path":"/","status":200}`, `{"id":3,"path":"/cart","status":null}`},
		},
		{
			name: "clickstream",
			in: records{"clicks": {
				`{"user_id":1,"page":"/","ts":"2026-01-02 10:00:10"}`,
				`{"user_id":2,"page":"/","ts":"2026-01-02 10:00:50"}`,
				`{"user_id":1,"page":"/","ts":"2026-01-02 10:00:47"}`,
				`{"user_id":3,"page":"/cart","ts":"2026-01-02 10:01:02"}`,
				`{"user_id":3,"page":"/","ts":"2026-01-02 10:00:58"}`, // late, but within five seconds
				`{"user_id":9,"page":"/","ts":"2026-01-02 10:02:30"}`, // closes both minutes
			}},
			out: "clicks-per-minute",
			want: []string{
				`{"minute_start":"2026-01-02 10:00:00","page":"/","clicks":4,"users":3}`,
				`{"minute_start":"2026-01-02 10:01:00","page":"/cart","clicks":1,"users":1}`,
			},
		},
		{
			name: "payments",
			in: records{
				"orders": {
					`{"order_id":1,"customer":"Ada","amount":10.50,"ordered_at":"2026-01-02 10:05:00"}`,
					`{"order_id":2,"customer":"Bo","amount":20.00,"ordered_at":"2026-01-02 10:06:00"}`,
					`{"order_id":3,"customer":"Cy","amount":30.00,"ordered_at":"2026-01-02 10:07:00"}`,
					`{"order_id":9,"customer":"-","amount":0,"ordered_at":"2026-01-02 12:00:00"}`,
				},
				"payments": {
					`{"payment_id":11,"order_id":1,"paid":10.00,"paid_at":"2026-01-02 10:30:00"}`,
					`{"payment_id":12,"order_id":3,"paid":30.00,"paid_at":"2026-01-02 10:59:59"}`,
					`{"payment_id":13,"order_id":2,"paid":20.00,"paid_at":"2026-01-02 11:00:00"}`, // the next hour
					`{"payment_id":19,"order_id":8,"paid":0,"paid_at":"2026-01-02 12:00:00"}`,
				},
			},
			out: "paid-orders",
			want: []string{
				`{"order_id":1,"customer":"Ada","amount":10.50,"open_amount":0.50}`,
				`{"order_id":3,"customer":"Cy","amount":30.00,"open_amount":0.00}`,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, flott, dir := shared(t), cli.Build(t), t.TempDir()
			out := k.topic(t, c.out, 1)
			replace := []string{"127.0.0.1:9092", k.addr, "'topic' = '" + c.out + "'", "'topic' = '" + out + "'"}
			for topic, values := range c.in {
				in := k.topic(t, topic, 1)
				replace = append(replace, "'topic' = '"+topic+"'", "'topic' = '"+in+"'")
				k.produce(t, in, 1, values...)
			}
			p := flott.Start(t, dir, "run", "-D", "parallelism.default=1", example(t, dir, c.name, replace...))
			k.await(t, p, out, len(c.want), time.Minute)
			stop(t, p, syscall.SIGTERM)
			got := k.committed(t, out)
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestFilesExample(t *testing.T) {
	flott, dir := cli.Build(t), t.TempDir()
	path := example(t, dir, "files", "'examples/files/orders'", "'"+filepath.Join(cli.Root(t), "examples", "files", "orders")+"'")
	r, err := flott.Run(context.Background(), 20*time.Second, dir, "run", path)
	if err != nil {
		t.Fatal(err)
	}
	if r.ExitCode != 0 {
		t.Fatalf("exit code %d\n%s", r.ExitCode, cli.Tail(r.Stderr, 20))
	}
	files, err := filepath.Glob(filepath.Join(dir, "revenue", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Fields(string(b))...)
	}
	slices.Sort(got)
	want := []string{`{"country":"DE","orders":2,"total":139.8}`, `{"country":"FR","orders":2,"total":9.5}`, `{"country":"IT","orders":1,"total":9.9}`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestEmbeddedExample runs the Go program as its reader would.
func TestEmbeddedExample(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "go", "run", "./examples/embedded")
	c.Dir = cli.Root(t)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	counts := map[string]int{}
	for _, l := range lines {
		counts[l[:2]]++
	}
	// Twelve clicks of three users: a +I for each user, an update for each further click.
	if counts["+I"] != 3 || counts["-U"] != 9 || counts["+U"] != 9 || len(lines) != 21 {
		t.Errorf("got %v in\n%s", counts, out)
	}
}
