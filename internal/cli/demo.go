package cli

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/client"
	"github.com/flott/flott/internal/server"
	"github.com/flott/flott/internal/sql/parser"
)

// demoScript makes the tables and starts two jobs; its last statement is the
// query whose rows are shown.
//
//go:embed demo.sql
var demoScript string

func newDemo(out, errw io.Writer) *cobra.Command {
	var rate int
	var listen string
	var print bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Three jobs over generated bids, a live table and the page",
		Long: `Starts a server with a folder of its own, which is removed at the end, and sends it
three jobs over the auctions, persons and bids of the Nexmark benchmark: counts by
window, a join, and the ten hottest auctions, which are shown here while they
change. Ctrl-C ends it. --print prints the script instead.`,
		Example: "  flott demo\n  flott demo --rate 100000",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if print {
				fmt.Fprint(out, demoScript)
				return nil
			}
			return demo(rate, listen, out, errw)
		},
	}
	c.Flags().IntVar(&rate, "rate", 10_000, "events a second")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8081", "address of the page; another free port if it is taken")
	c.Flags().BoolVar(&print, "print", false, "print the script")
	return c
}

func demo(rate int, listen string, out, errw io.Writer) error {
	if rate < 1 {
		return fmt.Errorf("--rate is at least 1, not %d", rate)
	}
	dir, err := os.MkdirTemp("", "flott-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := server.Options{Dir: dir, Listen: listen, LogTo: errw, Version: Version, Revision: revision()}
	s, err := server.Start(o)
	if host, _, e := net.SplitHostPort(listen); err != nil && e == nil {
		o.Listen = net.JoinHostPort(host, "0")
		s, err = server.Start(o)
	}
	if err != nil {
		return fail(errw, err)
	}
	defer s.Close()
	ctx, cancel := interrupted()
	defer cancel()
	g, err := client.Open(ctx, client.Target{Address: s.Address()}, nil)
	if err != nil {
		return fail(errw, err)
	}
	c := &console{g: g, out: out, err: errw, color: isTerminal(out), terminal: isTerminal(out)}
	fmt.Fprintf(out, "three jobs over %d events a second; look at %s\n", rate, s.URL())
	for piece := range parser.Split(demoScript) {
		text := piece.Text()
		res, err := g.Execute(ctx, strings.ReplaceAll(text, "'10000'", "'"+strconv.Itoa(rate)+"'"))
		if err == nil && res.Query {
			err = c.query(ctx, res, specColumns(res))
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			c.fail(text, err)
			return exit(exitJob)
		}
	}
	closing, end := context.WithTimeout(context.Background(), 5*time.Second)
	defer end()
	if err := g.Close(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fail(errw, err)
	}
	return nil
}
