// Command kafka starts the Apache Kafka that flott's tests use, for a developer
// to try things out:
//
//	go run ./tools/kafka                       on 127.0.0.1:9092, data in a temporary folder
//	go run ./tools/kafka -port 19092 -dir d    data in d, kept
//
// It runs until it gets a signal. Its first line of output is the address.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/flott/flott/test/broker"
)

func main() {
	port := flag.Int("port", 9092, "port on 127.0.0.1; 0 takes a free one")
	dir := flag.String("dir", "", "folder for the data (default: a temporary one, removed at the end)")
	fetch := flag.Bool("fetch", false, "only fetch Kafka into the cache")
	flag.Parse()
	if err := run(*port, *dir, *fetch); err != nil {
		fmt.Fprintln(os.Stderr, "kafka:", err)
		os.Exit(1)
	}
}

func run(port int, dir string, fetch bool) error {
	if fetch {
		home, err := broker.Fetch()
		if err == nil {
			fmt.Println(home)
		}
		return err
	}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "flott-kafka-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b, err := broker.New(dir, port)
	if err != nil {
		return err
	}
	if err := b.Start(ctx); err != nil {
		return err
	}
	defer b.Stop()
	fmt.Println(b.Addr)
	<-ctx.Done()
	return nil
}
