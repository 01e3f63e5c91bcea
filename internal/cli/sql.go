package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/reeflective/readline"
	"github.com/spf13/cobra"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/client"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/gateway"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/parser"
)

type sqlFlags struct {
	file, init, history, memory string
	settings                    []string
	target                      targetFlags
}

func newSQL(out, errw io.Writer) *cobra.Command {
	var f sqlFlags
	c := &cobra.Command{
		Use:   "sql",
		Short: "A prompt for SQL, in this process or at a server",
		Long: `Reads statements, runs them and shows what comes out: in this process, whose jobs
end with the prompt, or at a server. Statements may span lines and end with a
semicolon. Tab completes; Ctrl-C ends a query, not the prompt; Ctrl-D leaves.

SET 'sql-client.execution.result-mode' = 'table' (live, the default of streaming
queries), 'changelog' or 'tableau'. HELP lists the commands.`,
		Example: `  flott sql
  flott sql --target 127.0.0.1:8081 -i tables.sql
  flott sql -f job.sql`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return prompt(f, out, errw) },
	}
	c.Flags().StringVarP(&f.file, "file", "f", "", "run this script and leave")
	c.Flags().StringVarP(&f.init, "init", "i", "", "run this script of SET, CREATE and USE first")
	c.Flags().StringArrayVarP(&f.settings, "define", "D", nil, "set a configuration key: -D key=value")
	c.Flags().StringVar(&f.history, "history", "", "file of what was typed before (default: sql-history in the state folder)")
	c.Flags().StringVar(&f.memory, "memory", "", "total memory of the process, e.g. 64m (taskmanager.memory.process.size)")
	f.target.add(c, "", "a server, HOST:PORT or URL (flink://HOST:PORT: a Flink SQL gateway)")
	return c
}

// console is a session at the prompt.
type console struct {
	g        *client.Gateway
	out, err io.Writer
	color    bool
	terminal bool // results may be drawn over themselves
}

func prompt(f sqlFlags, out, errw io.Writer) error {
	settings, err := parseSettings(f.settings)
	if err != nil {
		return err
	}
	target := f.target.target()
	if target.Address == "" {
		e, err := openEngine(settings, f.memory, errw)
		if err != nil {
			return fail(errw, err)
		}
		defer e.Close()
		g := gateway.New(gateway.Config{ProductVersion: Version, Hold: 200 * time.Millisecond,
			Open: func(p map[string]string) (*session.Session, error) { return e.Interactive(p) }})
		defer g.Close()
		target.Handler = http.Handler(g)
	}
	g, err := client.Open(context.Background(), target, settings)
	if err != nil {
		return fail(errw, err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		g.Close(ctx)
	}()
	c := &console{g: g, out: out, err: errw, color: isTerminal(out), terminal: isTerminal(out)}
	if f.init != "" {
		if err := c.script(f.init); err != nil {
			return err
		}
	}
	if f.file != "" {
		c.terminal = false
		return c.script(f.file)
	}
	stop := make(chan struct{})
	defer close(stop)
	go keepOpen(g, stop)
	return c.loop(f.history)
}

func openEngine(settings map[string]string, memory string, errw io.Writer) (*engine.Engine, error) {
	own := map[string]string{}
	for k, v := range settings {
		own[k] = v
	}
	if memory != "" {
		own["taskmanager.memory.process.size"] = memory
	}
	connector.Stdout = os.Stdout
	return engine.Open(engine.Options{Settings: own, LogTo: errw})
}

// keepOpen keeps a server from closing the session of somebody who thinks.
func keepOpen(g *client.Gateway, stop chan struct{}) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			_ = g.Heartbeat(ctx) // a server that is away is told about at the next statement
			cancel()
		case <-stop:
			return
		}
	}
}

// script runs a file up to its first mistake.
func (c *console) script(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for piece := range parser.Split(string(b)) {
		if leave, ok := c.statement(piece.Text()); leave {
			return nil
		} else if !ok {
			return exit(exitUsage)
		}
	}
	return nil
}

// loop reads and runs statements until the user leaves.
func (c *console) loop(historyFile string) error {
	shell := readline.NewShell()
	shell.Prompt.Primary(func() string { return paint(c.color, "1;36", "flott> ") })
	shell.Prompt.Secondary(func() string { return "     > " })
	shell.AcceptMultiline = func(line []rune) bool {
		text := strings.TrimSpace(string(line))
		return text == "" || isCommand(text) || parser.Terminated(text)
	}
	shell.SyntaxHighlighter = func(line []rune) string { return highlight(string(line)) }
	shell.Completer = c.complete
	if historyFile == "" {
		historyFile = filepath.Join(engine.StateFolder(), "sql-history")
	}
	if h, err := openHistory(historyFile); err == nil {
		shell.History.Add("statements", h)
	} else {
		fmt.Fprintln(c.err, "note: what is typed is not kept:", err)
	}
	where := "in this process; its jobs end with the prompt"
	if c.g.Base() != "http://embedded" {
		where = "at " + c.g.Base()
	}
	fmt.Fprintf(c.out, "flott %s, %s. HELP lists the commands.\n", Version, where)
	for {
		line, err := shell.Readline()
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case err != nil: // Ctrl-D
			return nil
		}
		for _, text := range pieces(line) {
			leave, ok := c.statement(text)
			if leave {
				return nil
			}
			if !ok {
				break
			}
		}
	}
}

// openHistory makes the file if it is not there, which the library does not.
func openHistory(file string) (readline.History, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	return readline.NewHistoryFromFile(file)
}

// pieces are the statements of a line, or the command that it is.
func pieces(line string) (out []string) {
	if isCommand(strings.TrimSpace(line)) {
		return []string{line}
	}
	for p := range parser.Split(line) {
		out = append(out, p.Text())
	}
	return out
}

var commands = []string{"HELP", "QUIT", "EXIT", "CLEAR"}

func command(text string) string {
	word := strings.ToUpper(strings.TrimRight(strings.TrimPrefix(strings.TrimSpace(text), `\`), "; \t\n"))
	for _, c := range commands {
		if word == c || strings.HasPrefix(strings.TrimSpace(text), `\`) && len(word) == 1 && c[:1] == word {
			return c
		}
	}
	return ""
}

func isCommand(text string) bool { return command(text) != "" }

const helpText = `Statements end with a semicolon and may span lines:
  SELECT … ;  VALUES … ;      show rows; Ctrl-C ends the query
  INSERT INTO … ;             starts a job; BEGIN STATEMENT SET; … END; one of several INSERTs
  CREATE, ALTER, DROP, USE    tables, views, databases, catalogs, functions
  SHOW TABLES; DESCRIBE t;    look around; SHOW JOBS; STOP JOB 'id' WITH SAVEPOINT;
  EXPLAIN … ;                 how a query would run
  SET 'key' = 'value'; RESET; settings; SET; lists them
Settings of the prompt:
  'sql-client.execution.result-mode' = 'table' | 'changelog' | 'tableau'
  'execution.runtime-mode' = 'streaming' | 'batch'
Commands: HELP (\h), CLEAR (\c), QUIT or EXIT (\q). Keys: Tab completes, Ctrl-R searches, Ctrl-C, Ctrl-D.
`

// statement runs one statement; ok is false if it failed.
func (c *console) statement(text string) (leave, ok bool) {
	switch command(text) {
	case "HELP":
		fmt.Fprint(c.out, helpText)
		return false, true
	case "CLEAR":
		fmt.Fprint(c.out, "\x1b[H\x1b[2J\x1b[3J")
		return false, true
	case "QUIT", "EXIT":
		return true, true
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	res, err := c.g.Execute(ctx, text)
	if err == nil {
		err = c.show(ctx, res)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(c.err, "interrupted")
		return false, true
	case err != nil:
		c.fail(text, err)
		return false, false
	}
	return false, true
}

func (c *console) fail(text string, err error) {
	var errs client.Errors
	var d *diag.Error
	switch {
	case errors.As(err, &errs):
		for _, e := range errs {
			fmt.Fprint(c.err, diag.Render(text, e, c.color))
		}
	case errors.As(err, &d):
		fmt.Fprint(c.err, diag.Render("", d, c.color))
	default:
		fmt.Fprintln(c.err, "error:", err)
	}
}

func specColumns(res *client.Result) []spec.Column {
	columns := make([]spec.Column, len(res.Columns))
	for i, c := range res.Columns {
		columns[i] = spec.Column{Name: c.Name, Type: c.Type}
	}
	return columns
}

// show prints a statement's answer.
func (c *console) show(ctx context.Context, res *client.Result) error {
	columns := specColumns(res)
	switch {
	case res.Query:
		return c.query(ctx, res, columns)
	case res.Job != "":
		fmt.Fprintln(c.out, "job", res.Job, "submitted")
		return nil
	case !res.Content:
		fmt.Fprintln(c.out, "ok")
		return nil
	}
	var cells [][]*string
	for {
		rows, err := res.Next(ctx)
		if errors.Is(err, io.EOF) {
			newHuman(c.out, c.err, false, c.color).rows(0, columns, cells)
			return nil
		}
		if err != nil {
			return err
		}
		for _, r := range rows {
			cells = append(cells, r.Cells)
		}
	}
}

func (c *console) query(ctx context.Context, res *client.Result, columns []spec.Column) error {
	defer func() {
		if ctx.Err() != nil {
			res.Close(context.WithoutCancel(ctx))
		}
	}()
	settings, err := c.g.Settings(ctx)
	if err != nil {
		return err
	}
	batch := strings.EqualFold(settings["execution.runtime-mode"], "batch")
	mode := strings.ToLower(settings["sql-client.execution.result-mode"])
	if !batch && c.terminal && (mode == "" || mode == "table") {
		return c.live(ctx, res, columns)
	}
	o := newHuman(c.out, c.err, mode == "changelog", c.color)
	o.begin(0, columns, batch)
	var n int64
	for {
		rows, err := res.Next(ctx)
		if errors.Is(err, io.EOF) {
			o.end(0, n)
			return nil
		}
		if err != nil {
			if ctx.Err() != nil {
				o.end(0, n)
			}
			return err
		}
		o.texts(0, rows)
		n += int64(len(rows))
	}
}

// complete answers Tab.
func (c *console) complete(line []rune, cursor int) readline.Completions {
	head := string(line[:cursor])
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	candidates, err := c.g.Complete(ctx, head, len(head))
	if err != nil {
		return readline.CompleteMessage("%v", err)
	}
	if strings.TrimSpace(head) == "" || !strings.ContainsAny(strings.TrimSpace(head), " \t\n") {
		for _, w := range commands {
			if strings.HasPrefix(w, strings.ToUpper(strings.TrimSpace(head))) {
				candidates = append(candidates, w)
			}
		}
	}
	return readline.CompleteValues(candidates...)
}

// paint gives a text a colour.
func paint(color bool, code, text string) string {
	if !color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

var tokenColors = map[parser.TokenClass]string{
	parser.ClassKeyword: "1;36", parser.ClassString: "32", parser.ClassNumber: "34", parser.ClassQuoted: "33", parser.ClassComment: "2",
}

// highlight colours SQL.
func highlight(text string) string {
	var b strings.Builder
	at := 0
	for class, span := range parser.Tokens(text) {
		b.WriteString(text[at:span.Start])
		if code := tokenColors[class]; code != "" {
			b.WriteString(paint(true, code, text[span.Start:span.End]))
		} else {
			b.WriteString(text[span.Start:span.End])
		}
		at = span.End
	}
	b.WriteString(text[at:])
	return b.String()
}
