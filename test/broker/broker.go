package broker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/test/cli"
)

// Broker is a Kafka broker with its data in a folder.
type Broker struct {
	// Addr is the bootstrap address. It stays the same over restarts.
	Addr string

	dir    string
	extra  []string
	port   int
	quorum int

	guard *exec.Cmd // the shell that ends the broker when this process ends
	hold  io.Closer // its standard input
	pid   int
	ended chan struct{}
}

// properties are the broker's settings: small, and quick to start and to rebalance.
func properties(data string, port, quorum int, extra []string) []string {
	return append([]string{
		"process.roles=broker,controller",
		"node.id=1",
		fmt.Sprintf("controller.quorum.voters=1@127.0.0.1:%d", quorum),
		fmt.Sprintf("listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", port, quorum),
		fmt.Sprintf("advertised.listeners=PLAINTEXT://127.0.0.1:%d", port),
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL",
		"controller.listener.names=CONTROLLER",
		"inter.broker.listener.name=PLAINTEXT",
		"log.dirs=" + data,
		// Records of tests bear times of long ago; the sweep would take them away.
		"log.retention.ms=-1",
		"auto.create.topics.enable=false",
		"group.initial.rebalance.delay.ms=0",
		// A broker that crashed may register again only when its old session is over.
		"broker.session.timeout.ms=3000",
		"broker.heartbeat.interval.ms=500",
		"controller.quorum.election.timeout.ms=300",
		"offsets.topic.num.partitions=4",
		"offsets.topic.replication.factor=1",
		"transaction.state.log.num.partitions=4",
		"transaction.state.log.replication.factor=1",
		"transaction.state.log.min.isr=1",
		"share.coordinator.state.topic.num.partitions=1",
		"share.coordinator.state.topic.replication.factor=1",
		"share.coordinator.state.topic.min.isr=1",
	}, extra...)
}

// New prepares a broker in dir, on port or on a free one when port is 0; extra
// are further server properties, which win over the usual ones. It does not run yet.
func New(dir string, port int, extra ...string) (*Broker, error) {
	home, err := Fetch()
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if _, err := os.Stat(data); errors.Is(err, os.ErrNotExist) {
		if err := os.CopyFS(data, os.DirFS(filepath.Join(home, "formatted"))); err != nil {
			return nil, err
		}
	}
	if port == 0 {
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	quorum, err := freePort()
	if err != nil {
		return nil, err
	}
	return &Broker{Addr: "127.0.0.1:" + strconv.Itoa(port), dir: dir, port: port, quorum: quorum, extra: extra}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// guardScript starts a command and ends it when the pipe from this process ends.
// That is descriptor 3: a command in the background does not get descriptor 0.
const guardScript = `"$@" </dev/null >"$BROKER_LOG" 2>&1 3<&- & p=$!; echo $p; { read -r _ <&3; kill -9 $p; } 2>/dev/null & wait $p`

// Start starts the broker and waits until it answers. What it had stored is there
// again.
func (b *Broker) Start(ctx context.Context) error {
	home, err := Fetch()
	if err != nil {
		return err
	}
	program, err := java()
	if err != nil {
		return err
	}
	conf := filepath.Join(b.dir, "server.properties")
	text := strings.Join(properties(filepath.Join(b.dir, "data"), b.port, b.quorum, b.extra), "\n")
	if err := os.WriteFile(conf, []byte(text+"\n"), 0o644); err != nil {
		return err
	}
	heap := "-Xmx512m"
	if h := os.Getenv("FLOTT_KAFKA_HEAP"); h != "" {
		heap = "-Xmx" + h
	}
	// The log tells when the broker is ready: not the one of an earlier start.
	if err := os.Remove(b.Log()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	b.guard = exec.Command("sh", "-c", guardScript, "guard", program, heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile="+filepath.Join(home, "log4j2.properties"),
		"-cp", filepath.Join(home, "libs", "*"), "kafka.Kafka", conf)
	b.guard.Env = append(os.Environ(), "BROKER_LOG="+b.Log())
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	b.guard.ExtraFiles = []*os.File{r}
	b.hold = w
	out, err := b.guard.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.guard.Start(); err != nil {
		return err
	}
	r.Close()
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("start Kafka: %w", err)
	}
	if b.pid, err = strconv.Atoi(strings.TrimSpace(first)); err != nil {
		return fmt.Errorf("start Kafka: %w", err)
	}
	b.ended = make(chan struct{})
	go func() {
		b.guard.Wait() // the broker's own log tells why it ended
		close(b.ended)
	}()
	if err := b.await(ctx); err != nil {
		b.Kill()
		log, _ := os.ReadFile(b.Log())
		return fmt.Errorf("broker in %s: %w\n%s", b.dir, err, cli.Tail(log, 15))
	}
	return nil
}

// await asks for metadata until the broker gives it.
func (b *Broker) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		// Not before the log says so: a broker that registers is no broker yet.
		if log, err := os.ReadFile(b.Log()); err == nil && bytes.Contains(log, []byte("Kafka Server started")) {
			break
		}
		select {
		case <-b.ended:
			return errors.New("it ended while it started")
		case <-ctx.Done():
			return errors.New("not ready in time")
		case <-tick.C:
		}
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr))
	if err != nil {
		return err
	}
	defer cl.Close()
	return cl.Ping(ctx)
}

// Log is the broker's log file.
func (b *Broker) Log() string { return filepath.Join(b.dir, "server.log") }

// PID is the broker's process id.
func (b *Broker) PID() int { return b.pid }

// Kill ends the broker at once, as a crash does.
func (b *Broker) Kill() { b.end(os.Kill) }

// Stop shuts the broker down in order.
func (b *Broker) Stop() { b.end(syscall.SIGTERM) }

func (b *Broker) end(s os.Signal) {
	if b.ended == nil {
		return
	}
	if p, err := os.FindProcess(b.pid); err == nil {
		p.Signal(s)
	}
	select {
	case <-b.ended:
	case <-time.After(20 * time.Second):
	}
	b.hold.Close() // the guard kills what still runs
	<-b.ended
	b.ended = nil
}

var shared struct {
	once sync.Once
	addr string
	err  error
}

// Shared is the address of the broker that all tests of the process use. Tests
// keep apart by the names of their topics.
func Shared(t testing.TB) string {
	t.Helper()
	skipShort(t)
	shared.once.Do(func() {
		if shared.addr = os.Getenv("FLOTT_KAFKA"); shared.addr != "" {
			return
		}
		dir, err := os.MkdirTemp("", "flott-kafka-")
		if err != nil {
			shared.err = err
			return
		}
		cli.AtExit(func() { os.RemoveAll(dir) })
		b, err := New(dir, 0)
		if err == nil {
			err = b.Start(context.Background())
		}
		if err != nil {
			shared.err = err
			return
		}
		cli.AtExit(b.Kill)
		shared.addr = b.Addr
	})
	check(t, shared.err)
	return shared.addr
}

// Own starts a broker for one test, which may stop, kill and start it again.
func Own(t testing.TB, extra ...string) *Broker {
	t.Helper()
	skipShort(t)
	b, err := New(t.TempDir(), 0, extra...)
	check(t, err)
	check(t, b.Start(context.Background()))
	t.Cleanup(b.Kill)
	return b
}

func skipShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts Apache Kafka")
	}
}

// check skips the test where there is no Java, and fails it for anything else.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrNoJava) && os.Getenv("FLOTT_REQUIRE_KAFKA") == "":
		t.Skipf("needs Apache Kafka: %v", err)
	default:
		t.Fatalf("needs Apache Kafka: %v", err)
	}
}
