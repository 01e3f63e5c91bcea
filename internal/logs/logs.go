package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// Options are what the configuration does not say.
type Options struct {
	// Stderr takes the lines of the target `stderr`; nil drops them.
	Stderr io.Writer
	// Verbose lowers the level to info.
	Verbose bool
}

// Log is an open log. It is safe for concurrent use.
type Log struct {
	logger *slog.Logger
	name   string  // of the newest file
	file   *File   // nil without the target `file`
	recent *recent // nil with it
	search *search // nil without the target `search`
}

// Open opens the targets that the settings name.
func Open(s option.Set, o Options) (*Log, error) {
	l := &Log{name: s.Text(config.LogFile)}
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Text(config.LogLevel))); err != nil {
		level = slog.LevelWarn
	}
	if o.Verbose {
		level = min(level, slog.LevelInfo)
	}
	var lines fan
	search := false
	for _, to := range s.List(config.LogTo) {
		switch to {
		case "stderr":
			if o.Stderr != nil {
				lines = append(lines, o.Stderr)
			}
		case "stdout":
			lines = append(lines, os.Stdout)
		case "file":
			f, err := OpenFile(s.Text(config.LogDir), l.name, s.Bytes(config.LogFileSize), int(s.Int(config.LogFiles)))
			if err != nil {
				return nil, logError(config.LogDir, err)
			}
			l.file = f
			lines = append(lines, f)
		case "search":
			search = true
		default:
			return nil, &diag.Error{Code: "log-target", Message: fmt.Sprintf("%q of %q is no target of log lines", to, config.LogTo.Key),
				Help: "the targets are stderr, stdout, file and search"}
		}
	}
	if l.file == nil {
		l.recent = &recent{}
		lines = append(lines, l.recent)
	}
	m := newMask(s)
	var handlers []slog.Handler
	h := &slog.HandlerOptions{Level: level, ReplaceAttr: m.attr}
	if s.Text(config.LogFormat) == "json" {
		handlers = append(handlers, slog.NewJSONHandler(lines, h))
	} else {
		handlers = append(handlers, slog.NewTextHandler(lines, h))
	}
	if search {
		var err error
		if l.search, err = openSearch(s, slog.New(handlers[0])); err != nil {
			l.Close()
			return nil, logError(config.LogSearchURL, err)
		}
		handlers = append(handlers, slog.NewJSONHandler(l.search, &slog.HandlerOptions{Level: level, ReplaceAttr: m.document}))
	}
	l.logger = slog.New(tee(handlers))
	return l, nil
}

func logError(o option.Option, err error) error {
	return &diag.Error{Code: "log-target", Message: fmt.Sprintf("%q: %v", o.Key, err), Cause: err}
}

// Logger returns the logger.
func (l *Log) Logger() *slog.Logger { return l.logger }

// Dropped is the number of lines that no target has taken: the search server
// did not answer for too long, or a disk was full.
func (l *Log) Dropped() (n int64) {
	if l.search != nil {
		n += l.search.dropped.Load()
	}
	if l.file != nil {
		n += l.file.dropped.Load()
	}
	return n
}

// Close sends what waits, for two seconds at the most, and closes the files.
func (l *Log) Close() error {
	var errs []error
	if l.search != nil {
		l.search.Close()
	}
	if l.file != nil {
		errs = append(errs, l.file.Close())
	}
	return errors.Join(errs...)
}

// Job returns a logger whose lines carry the job's id and name.
func Job(l *slog.Logger, id, name string) *slog.Logger { return l.With("job_id", id, "job_name", name) }

// fan writes to all; what one target refuses the others still get.
type fan []io.Writer

func (f fan) Write(p []byte) (int, error) {
	for _, w := range f {
		_, _ = w.Write(p) // a log has nobody to tell
	}
	return len(p), nil
}

// tee hands a record to several handlers.
func tee(handlers []slog.Handler) slog.Handler {
	if len(handlers) == 1 {
		return handlers[0]
	}
	return several(handlers)
}

type several []slog.Handler

func (s several) Enabled(ctx context.Context, l slog.Level) bool { return s[0].Enabled(ctx, l) }

func (s several) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range s {
		errs = append(errs, h.Handle(ctx, r.Clone()))
	}
	return errors.Join(errs...)
}

func (s several) WithAttrs(a []slog.Attr) slog.Handler {
	return s.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(a) })
}

func (s several) WithGroup(name string) slog.Handler {
	return s.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (s several) each(f func(slog.Handler) slog.Handler) slog.Handler {
	out := make(several, len(s))
	for i, h := range s {
		out[i] = f(h)
	}
	return out
}

// recentBytes is how much a process without log files remembers.
const recentBytes = 128 << 10

// recent remembers the last lines. Its memory grows with what is logged.
type recent struct {
	mu sync.Mutex
	b  []byte
}

func (r *recent) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.b = append(r.b, p...)
	if n := len(r.b); n > recentBytes {
		cut := n - recentBytes/2
		for cut < n && r.b[cut-1] != '\n' {
			cut++
		}
		r.b = append(r.b[:0], r.b[cut:]...)
	}
	return len(p), nil
}

func (r *recent) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]byte(nil), r.b...)
}
