package session

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Cluster runs jobs.
type Cluster interface {
	// Submit starts an encoded job graph.
	Submit(ctx context.Context, job []byte, o Submission) (Job, error)
}

// Submission says how a job is run.
type Submission struct {
	Name string
	// Identity names the job over restarts of the process; "" = it has none,
	// and its state is gone with the process.
	Identity string
	// Query says that the job's rows are read by the session's user.
	Query bool
	// Config are the settings that the job was planned with.
	Config map[string]string
}

// Job is a submitted job.
type Job interface {
	ID() string
	// Next returns the next rows of a query's result, lent until the next
	// call; io.EOF at the end.
	Next(ctx context.Context) (*vector.Batch, error)
	// Wait returns when the job has ended, with its failure.
	Wait(ctx context.Context) error
	Cancel()
	Status() api.JobStatus
}

// Options make a session.
type Options struct {
	Cluster Cluster
	// Jobs are those that SHOW JOBS, DESCRIBE JOB and STOP JOB speak of; nil =
	// there is no cluster that has others than the session's.
	Jobs api.Dispatcher
	// Settings are the configuration to begin with (-D).
	Settings map[string]string
	// Fold computes the constant parts of an expression.
	Fold func(e spec.Expr, env *function.Env) spec.Expr
	// Identity returns the identity of a job of this script by what it writes
	// (its sinks' paths); nil = jobs have none.
	Identity func(sinks []string) string
	// Script is the text that spans refer to.
	Script string
	// Dry: what statements change is not written anywhere.
	Dry bool
}

// Session executes statements.
type Session struct {
	opts     Options
	catalog  *catalog.Manager
	settings option.Set
	initial  option.Set
	jobs     map[string]int // identities given out, for ordinals
	started  int
}

// New returns a session with the default catalog.
func New(o Options) (*Session, *diag.Error) {
	s := &Session{opts: o, catalog: catalog.New(), settings: option.Set{}, initial: option.Set{}, jobs: map[string]int{}}
	for k, v := range o.Settings {
		if _, err := s.set(k, v); err != nil && err.Code != "unknown-key" {
			return nil, err
		}
	}
	if o.Dry {
		s.catalog.SetDry()
	}
	if err := s.openStore(); err != nil {
		return nil, err
	}
	for k, v := range s.settings {
		s.initial[k] = v
	}
	return s, nil
}

// Kind says what a Result holds.
type Kind uint8

const (
	OK        Kind = iota // nothing to show
	Rows                  // Columns and Rows
	Query                 // Columns, Mode and Job, whose rows are the result
	Submitted             // Job
)

// Result is the answer to a statement.
type Result struct {
	Kind    Kind
	Columns []spec.Column
	Rows    [][]*string // nil = NULL
	Batch   bool        // of Query
	Job     Job
	Name    string // of the job
	// Notes are remarks for the user: ignored settings and the like.
	Notes []string
	// Sources and Sinks describe a submitted job.
	Sources, Sinks []string
	// CheckpointInterval is the job's, for its start line.
	CheckpointInterval time.Duration
	// Sync asks the door to wait for the job before the next statement
	// (table.dml-sync).
	Sync bool
	Zone *types.Zone
}

func one(name string, lines ...string) *Result {
	r := &Result{Kind: Rows, Columns: []spec.Column{{Name: name, Type: types.TString}}}
	for _, l := range lines {
		r.Rows = append(r.Rows, []*string{&l})
	}
	return r
}

// Execute runs one statement of the script.
func (s *Session) Execute(ctx context.Context, p parser.Piece) (*Result, []*diag.Error) {
	st, err := p.Parse()
	if err != nil {
		return nil, []*diag.Error{err}
	}
	return s.execute(ctx, st)
}

// SetScript changes the text that spans of coming statements refer to.
func (s *Session) SetScript(text string) { s.opts.Script = text }

// Zone returns the session's time zone.
func (s *Session) Zone() *types.Zone {
	if id := s.settings.Text(config.LocalTimeZone); id != "default" {
		if z, err := types.LoadZone(id); err == nil {
			return z
		}
	}
	if time.Local.String() == "UTC" {
		return types.UTC
	}
	return types.ZoneOf(time.Local)
}

func (s *Session) batch() bool {
	return strings.EqualFold(s.settings.Text(config.RuntimeMode), "BATCH")
}

// set checks and stores a setting and returns remarks for the user. A key that
// exists nowhere is stored all the same, as in Flink, but reported.
func (s *Session) set(key, value string) ([]string, *diag.Error) {
	var notes []string
	canonical, err := config.Check(key, value)
	if err != nil && err.Code != "unknown-key" {
		return nil, err
	}
	if err != nil {
		note := err.Message
		if err.Help != "" {
			note += "; " + err.Help
		}
		notes = append(notes, note)
	}
	if config.WithoutEffect(canonical, value) {
		notes = append(notes, fmt.Sprintf("%q has no effect in flott", canonical))
	}
	if canonical == config.LocalTimeZone.Key && value != "default" && !types.IsSessionZone(value) {
		return nil, &diag.Error{Code: "option-value", Stage: diag.StageValidate,
			Message: fmt.Sprintf("%q is no time zone that Flink knows", value), Help: "write a region such as Europe/Berlin, UTC, or an offset such as GMT+08:00"}
	}
	s.settings[canonical] = value
	return notes, nil
}

// Setting returns the value in force for an option.
func (s *Session) Setting(o option.Option) string { return s.settings.Text(o) }

// config returns the settings that travel with a job.
func (s *Session) config() map[string]string {
	out := make(map[string]string, len(s.settings)+2)
	for k, v := range s.settings {
		out[k] = v
	}
	out[config.LocalTimeZone.Key] = s.Zone().Name()
	return out
}

// functionEnv is the environment of constant folding.
func (s *Session) functionEnv(now time.Time) *function.Env {
	return &function.Env{Zone: s.Zone().Location(), Now: func() time.Time { return now },
		LegacyCast: strings.EqualFold(s.settings.Text(config.LegacyCast), "ENABLED"),
		Database:   s.catalog.CurrentDatabase(), Catalog: s.catalog.CurrentCatalog()}
}

func fail(code string, at diag.Span, help, format string, args ...any) []*diag.Error {
	return []*diag.Error{{Code: code, Stage: diag.StageValidate, Span: at, Help: help, Message: fmt.Sprintf(format, args...)}}
}

func notSupported(at diag.Span, help, format string, args ...any) []*diag.Error {
	return fail("not-supported", at, help, format+" not supported yet", args...)
}

// placed gives an error without a place one.
func placed(e *diag.Error, at diag.Span) []*diag.Error {
	if e == nil {
		return nil
	}
	if e.Span.IsZero() {
		c := *e
		c.Span = at
		e = &c
	}
	if e.Stage == diag.StageUnset {
		e.Stage = diag.StageValidate
	}
	return []*diag.Error{e}
}

// ExecuteStatement runs a statement that has been parsed already.
func (s *Session) ExecuteStatement(ctx context.Context, st ast.Statement) (*Result, []*diag.Error) {
	return s.execute(ctx, st)
}
