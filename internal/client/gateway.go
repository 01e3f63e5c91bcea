package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/gateway"
	"github.com/flott/flott/types"
)

// Gateway is a session at a SQL gateway. It is used by one goroutine at a time.
type Gateway struct {
	conn    *conn
	product string
	session string // path of the session
}

// Open opens a session with properties.
func Open(ctx context.Context, t Target, properties map[string]string) (*Gateway, error) {
	c, err := dial(t)
	if err != nil {
		return nil, err
	}
	g := &Gateway{conn: c}
	var info struct{ ProductName string }
	if err := c.do(ctx, "GET", "/v1/info", nil, &info); err != nil {
		var r *refused
		if errors.As(err, &r) && r.status == 404 {
			return nil, &diag.Error{Code: "no-server", Stage: diag.StageRun, Message: c.base + " is no SQL gateway", Help: "of a Flink cluster, name the gateway's port (8083), not that of its REST API", Cause: err}
		}
		return nil, err
	}
	g.product = info.ProductName
	if !g.Flott() { // what only flott's own server understands
		own := map[string]string{}
		for k, v := range properties {
			if !strings.HasPrefix(k, "flott.") {
				own[k] = v
			}
		}
		properties = own
	}
	var opened struct{ SessionHandle string }
	if err := c.do(ctx, "POST", "/v2/sessions", map[string]any{"properties": properties}, &opened); err != nil {
		return nil, g.failure(err)
	}
	g.session = "/v2/sessions/" + opened.SessionHandle
	return g, nil
}

// Flott reports whether a flott server is at the other end, not a Flink.
func (g *Gateway) Flott() bool { return g.product == "flott" }

// Base is the server's URL.
func (g *Gateway) Base() string { return g.conn.base }

// Close closes the session and with it its queries; jobs of INSERTs run on.
func (g *Gateway) Close(ctx context.Context) error {
	return g.conn.do(ctx, "DELETE", g.session, nil, nil)
}

// Heartbeat keeps an idle session open.
func (g *Gateway) Heartbeat(ctx context.Context) error {
	return g.conn.do(ctx, "POST", g.session+"/heartbeat", nil, nil)
}

// Settings are the session's.
func (g *Gateway) Settings(ctx context.Context) (map[string]string, error) {
	var out struct{ Properties map[string]string }
	err := g.conn.do(ctx, "GET", g.session, nil, &out)
	return out.Properties, err
}

// Complete returns what may stand at the end of position bytes of a statement.
func (g *Gateway) Complete(ctx context.Context, statement string, position int) ([]string, error) {
	var out struct{ Candidates []string }
	err := g.conn.do(ctx, "GET", g.session+"/complete-statement", map[string]any{"statement": statement, "position": position}, &out)
	return out.Candidates, err
}

// Column is a column of a result.
type Column struct {
	Name string
	Type types.Type
}

// Row is a row of a result: each field as Flink's SQL client shows it, nil = NULL.
type Row struct {
	Kind  types.RowKind
	Cells []*string
}

// Result is the answer to a statement. Its rows are fetched by Next.
type Result struct {
	// Query says that it is a query's, Content that there is more to show than OK.
	Query, Content bool
	// Job is the job's id, of a query or an INSERT.
	Job     string
	Columns []Column

	g         *Gateway
	operation string
	rows      []Row
	next      string
}

type fetched struct {
	ResultType, ResultKind, NextResultUri, JobID string
	IsQueryResult                                bool
	Results                                      struct {
		Columns []struct {
			Name        string
			LogicalType json.RawMessage
		}
		Data []struct {
			Kind   string
			Fields []*string
		}
	}
}

var rowKinds = map[string]types.RowKind{
	"INSERT": types.Insert, "UPDATE_BEFORE": types.UpdateBefore, "UPDATE_AFTER": types.UpdateAfter, "DELETE": types.Delete,
}

// Execute runs one statement and waits until its result has begun. Mistakes in
// the statement are an Errors.
func (g *Gateway) Execute(ctx context.Context, statement string) (*Result, error) {
	var op struct{ OperationHandle string }
	if err := g.conn.do(ctx, "POST", g.session+"/statements", map[string]any{"statement": statement}, &op); err != nil {
		return nil, g.failure(err)
	}
	r := &Result{g: g, operation: g.session + "/operations/" + op.OperationHandle}
	r.next = r.operation + "/result/0?rowFormat=PLAIN_TEXT"
	f, err := r.fetch(ctx)
	for err == nil && f.ResultType == "NOT_READY" {
		f, err = r.fetch(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			r.Close(context.WithoutCancel(ctx))
		}
		return nil, err
	}
	r.Query, r.Content, r.Job = f.IsQueryResult, f.ResultKind == "SUCCESS_WITH_CONTENT", f.JobID
	for _, c := range f.Results.Columns {
		t, err := parseType(c.LogicalType)
		if err != nil {
			return nil, err
		}
		r.Columns = append(r.Columns, Column{c.Name, t})
	}
	return r, nil
}

// fetch asks for the next page.
func (r *Result) fetch(ctx context.Context) (fetched, error) {
	var f fetched
	if err := r.g.conn.do(ctx, "GET", r.next, nil, &f); err != nil {
		return f, r.g.failure(err)
	}
	r.next = f.NextResultUri
	for _, d := range f.Results.Data {
		r.rows = append(r.rows, Row{rowKinds[d.Kind], d.Fields})
	}
	return f, nil
}

// Next returns the next rows, or io.EOF after the last ones. It waits for rows
// of a query until ctx ends.
func (r *Result) Next(ctx context.Context) ([]Row, error) {
	for len(r.rows) == 0 {
		if r.next == "" {
			return nil, io.EOF
		}
		if _, err := r.fetch(ctx); err != nil {
			return nil, err
		}
	}
	rows := r.rows
	r.rows = nil
	return rows, nil
}

// Close ends the statement's query and gives back what the server keeps of it.
func (r *Result) Close(ctx context.Context) error {
	return r.g.conn.do(ctx, "DELETE", r.operation+"/close", nil, nil)
}

// Errors are the mistakes that a server found in a statement; their places are
// in the statement's text.
type Errors []*diag.Error

// Error is the first one's.
func (e Errors) Error() string { return e[0].Error() }

// Unwrap gives the first one.
func (e Errors) Unwrap() error { return e[0] }

// failure makes errors of a server's answer.
func (g *Gateway) failure(err error) error {
	var r *refused
	if !errors.As(err, &r) {
		return err
	}
	if len(r.diagnostics) == 0 {
		return Errors{{Code: "statement-failed", Stage: diag.StageRun, Message: r.Error(), Cause: err}}
	}
	var out Errors
	for _, d := range r.diagnostics {
		out = append(out, fromDiagnostic(d))
	}
	return out
}

func fromDiagnostic(d gateway.Diagnostic) *diag.Error {
	e := &diag.Error{Code: d.Code, Message: d.Message, Help: d.Help, Label: d.Label, Notes: d.Notes, Span: diag.Span{Start: d.Start, End: d.End}}
	for s := diag.StageParse; s <= diag.StageRun; s++ {
		if s.String() == d.Stage {
			e.Stage = s
		}
	}
	return e
}

// parseType reads the gateway's form of a type.
func parseType(raw json.RawMessage) (types.Type, error) {
	var l struct {
		Type                string
		Nullable            bool
		Length              int32
		Precision           int32
		Scale               int32
		FractionalPrecision int32
		Resolution          string
		ElementType         json.RawMessage
		KeyType             json.RawMessage
		ValueType           json.RawMessage
		Fields              []struct {
			Name      string
			FieldType json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return types.Type{}, fmt.Errorf("type %s: %w", raw, err)
	}
	var t types.Type
	var err error
	child := func(raw json.RawMessage) types.Type {
		c, e := parseType(raw)
		err = errors.Join(err, e)
		return c
	}
	switch l.Type {
	case "DECIMAL":
		t = types.DecimalOf(l.Precision, l.Scale)
	case "CHAR":
		t = types.CharOf(l.Length)
	case "VARCHAR":
		t = types.VarcharOf(l.Length)
	case "BINARY":
		t = types.BinaryOf(l.Length)
	case "VARBINARY":
		t = types.TBytes
		t.Precision = l.Length
	case "TIME_WITHOUT_TIME_ZONE":
		t = types.TimeOf(l.Precision)
	case "TIMESTAMP_WITHOUT_TIME_ZONE":
		t = types.TimestampOf(l.Precision)
	case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
		t = types.TimestampLTZOf(l.Precision)
	case "INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME":
		t, err = intervalType(l.Resolution, l.Precision, l.FractionalPrecision)
	case "ARRAY":
		t = types.ArrayOf(child(l.ElementType))
	case "MULTISET":
		t = types.MultisetOf(child(l.ElementType))
	case "MAP":
		t = types.MapOf(child(l.KeyType), child(l.ValueType))
	case "ROW":
		var fs []types.Field
		for _, f := range l.Fields {
			fs = append(fs, types.Field{Name: f.Name, Type: child(f.FieldType)})
		}
		t = types.RowOf(fs...)
	case "INTEGER":
		t = types.Type{Kind: types.Int}
	default:
		if t, err = types.Parse(l.Type); err != nil {
			t, err = types.TString, nil // RAW and others: they come as text
		}
	}
	return t.WithNotNull(!l.Nullable), err
}

func intervalType(resolution string, precision, fraction int32) (types.Type, error) {
	from, to, isRange := strings.Cut(resolution, "_TO_")
	text := "INTERVAL " + from
	if from == "SECOND" {
		text += fmt.Sprintf("(%d)", fraction)
	} else {
		text += fmt.Sprintf("(%d)", precision)
	}
	if isRange {
		text += " TO " + to
		if to == "SECOND" {
			text += fmt.Sprintf("(%d)", fraction)
		}
	}
	return types.Parse(text)
}
