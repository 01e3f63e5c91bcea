package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/flott/flott/test/broker"
)

// Rig is the ground of one benchmark: a work folder, the binaries, and a broker
// when it was asked for.
type Rig struct {
	Dir    string // removed by Close
	Broker string // bootstrap address; "" before StartBroker
	Root   string // the module

	broker    *broker.Broker
	brokerPID int
	built     map[string]string
}

// New makes a rig. The caller closes it.
func New() (*Rig, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "flott-bench-")
	if err != nil {
		return nil, err
	}
	return &Rig{Dir: dir, Root: strings.TrimSpace(string(out)), built: map[string]string{}}, nil
}

// Close ends the broker and removes the work folder.
func (r *Rig) Close() {
	if r.broker != nil {
		r.broker.Kill()
	}
	os.RemoveAll(r.Dir)
}

// StartBroker starts a broker, or takes the one that FLOTT_KAFKA names.
func (r *Rig) StartBroker(ctx context.Context) error {
	if r.Broker = os.Getenv("FLOTT_KAFKA"); r.Broker != "" {
		return nil
	}
	Say("starting Kafka %s", broker.Version)
	b, err := broker.New(filepath.Join(r.Dir, "kafka"), 0)
	if err != nil {
		return err
	}
	if err := b.Start(ctx); err != nil {
		return err
	}
	r.broker, r.Broker, r.brokerPID = b, b.Addr, b.PID()
	return nil
}

// Build builds a command of the module and returns its path.
func (r *Rig) Build(pkg string) (string, error) {
	if p := r.built[pkg]; p != "" {
		return p, nil
	}
	p := filepath.Join(r.Dir, "bin", filepath.Base(pkg))
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", p, pkg)
	cmd.Dir = r.Root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	r.built[pkg] = p
	return p, nil
}

// Write writes a file into the work folder and returns its path.
func (r *Rig) Write(name, text string) (string, error) {
	p := filepath.Join(r.Dir, name)
	return p, os.WriteFile(p, []byte(text), 0o644)
}

// ErrNoReference says that there is no Flink to compare with.
var ErrNoReference = errors.New("the comparison with Flink needs the reference scripts beside the repository (../shared/reference, or FLOTT_REFERENCE), Java 17 with javac, Maven and Python 3")

// Reference is the folder of the reference scripts.
func (r *Rig) Reference() (string, error) {
	dir := os.Getenv("FLOTT_REFERENCE")
	if dir == "" {
		dir = filepath.Join(r.Root, "..", "shared", "reference")
	}
	if _, err := os.Stat(filepath.Join(dir, "flink-home")); err != nil {
		return "", ErrNoReference
	}
	return dir, nil
}

// FlinkSQL returns the command that runs a SQL script in one JVM with Flink's
// MiniCluster, with the settings that were found to be its best for these loads:
// parallel collector, 512 MB of heap, object reuse. conf are further settings.
func (r *Rig) FlinkSQL(conf map[string]string) ([]string, error) {
	reference, err := r.Reference()
	if err != nil {
		return nil, err
	}
	home := exec.Command(filepath.Join(reference, "flink-home"))
	home.Stderr = os.Stderr
	out, err := home.Output()
	if err != nil {
		return nil, fmt.Errorf("flink-home: %w", err)
	}
	lib := filepath.Join(strings.TrimSpace(string(out)), "lib", "*")
	classes := filepath.Join(r.Dir, "flink")
	if _, err := os.Stat(classes); err != nil {
		sources, _ := filepath.Glob(filepath.Join(reference, "bench", "flink", "src", "bench", "*.java"))
		args := append([]string{"-nowarn", "-d", classes, "-cp", lib}, sources...)
		if out, err := exec.Command("javac", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("javac: %w\n%s", err, out)
		}
	}
	cmd := []string{"java", "-Xmx512m", "-XX:+UseParallelGC", "-Dflink.pipeline.object-reuse=true",
		"-Dlog4j2.configurationFile=" + filepath.Join(reference, "bench", "flink", "log4j2.properties")}
	for _, p := range []string{"java.lang", "java.util", "java.net", "java.time", "java.util.concurrent", "sun.net.util"} {
		cmd = append(cmd, "--add-opens=java.base/"+p+"=ALL-UNNAMED")
	}
	for k, v := range conf {
		cmd = append(cmd, "-Dflink."+k+"="+v)
	}
	return append(cmd, "-cp", classes+":"+lib, "bench.Sql"), nil
}

// Say tells the user what goes on.
func Say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
