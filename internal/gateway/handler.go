package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/spec"
)

// Config describes a gateway.
type Config struct {
	// Open makes the SQL session of a new gateway session with its properties.
	Open func(properties map[string]string) (*session.Session, error)
	// ProductVersion is what GET /info answers.
	ProductVersion string
	// IdleTimeout is after how long without a call a session is closed
	// (`sql-gateway.session.idle-timeout`); 0 = never.
	IdleTimeout time.Duration
	// MaxSessions bounds the open sessions (`sql-gateway.session.max-num`); 0 = 1000000.
	MaxSessions int
	// Hold is how long a fetch waits for the next rows of a query; 0 = 500 ms.
	Hold time.Duration
	// MaxBody bounds a request's body; 0 = 16 MB.
	MaxBody int64
	Clock   clock.Clock // nil = real time
}

// Gateway serves sessions. It is an http.Handler; Owns tells which paths are its
// own when other handlers share the server.
type Gateway struct {
	Config
	sessions sessions
	mux      *http.ServeMux
	stop     context.CancelFunc
	ctx      context.Context
}

var versions = []string{"v1", "v2", "v3", "v4"}

// New returns a gateway.
func New(c Config) *Gateway {
	if c.MaxSessions == 0 {
		c.MaxSessions = 1_000_000
	}
	if c.Hold == 0 {
		c.Hold = 500 * time.Millisecond
	}
	if c.MaxBody == 0 {
		c.MaxBody = 16 << 20
	}
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	g := &Gateway{Config: c, sessions: sessions{open: map[string]*gatewaySession{}}, mux: http.NewServeMux()}
	g.ctx, g.stop = context.WithCancel(context.Background())
	for _, r := range routes {
		g.mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, q *http.Request) { r.handle(g, w, q) })
	}
	if c.IdleTimeout > 0 {
		go g.expire()
	}
	return g
}

// Close closes all sessions, and with them their queries.
func (g *Gateway) Close() {
	g.stop()
	g.sessions.mu.Lock()
	all := g.sessions.open
	g.sessions.open = map[string]*gatewaySession{}
	g.sessions.mu.Unlock()
	for _, s := range all {
		s.close()
	}
}

// Sessions is the number of open sessions.
func (g *Gateway) Sessions() int {
	g.sessions.mu.Lock()
	defer g.sessions.mu.Unlock()
	return len(g.sessions.open)
}

// expire closes idle sessions until the gateway is closed.
func (g *Gateway) expire() {
	every := max(g.IdleTimeout/10, time.Second)
	for {
		t := g.Clock.NewTimer(every)
		select {
		case <-t.C:
		case <-g.ctx.Done():
			t.Stop()
			return
		}
		for _, s := range g.sessions.idle(g.Clock.Now().Add(-g.IdleTimeout)) {
			s.close()
		}
	}
}

type route struct {
	method, path string
	since        int // the first version that has it
	handle       func(*Gateway, http.ResponseWriter, *http.Request)
}

const (
	sessionPath   = "/sessions/{session}"
	operationPath = sessionPath + "/operations/{operation}"
)

var routes = []route{
	{"GET", "/api_versions", 1, (*Gateway).apiVersions},
	{"GET", "/info", 1, (*Gateway).info},
	{"GET", "/openapi.json", 2, (*Gateway).document},
	{"POST", "/sessions", 1, (*Gateway).openSession},
	{"GET", sessionPath, 1, (*Gateway).sessionConfig},
	{"DELETE", sessionPath, 1, (*Gateway).closeSession},
	{"POST", sessionPath + "/heartbeat", 1, (*Gateway).heartbeat},
	{"POST", sessionPath + "/configure-session", 2, (*Gateway).configure},
	{"GET", sessionPath + "/complete-statement", 2, (*Gateway).complete},
	{"POST", sessionPath + "/statements", 1, (*Gateway).statement},
	{"POST", sessionPath + "/scripts", 4, (*Gateway).script},
	{"POST", sessionPath + "/materialized-tables/{identifier}/refresh", 3, (*Gateway).refresh},
	{"GET", operationPath + "/status", 1, (*Gateway).operationStatus},
	{"GET", operationPath + "/result/{token}", 1, (*Gateway).fetch},
	{"POST", operationPath + "/cancel", 1, (*Gateway).cancelOperation},
	{"DELETE", operationPath + "/close", 1, (*Gateway).closeOperation},
	{"POST", "/workflow/embedded-scheduler/create", 3, (*Gateway).workflow},
	{"DELETE", "/workflow/embedded-scheduler/delete", 3, (*Gateway).workflow},
	{"POST", "/workflow/embedded-scheduler/resume", 3, (*Gateway).workflow},
	{"POST", "/workflow/embedded-scheduler/suspend", 3, (*Gateway).workflow},
}

// Owns reports whether a path, with or without version, is the gateway's.
// /openapi.json without one, and with v1, is that of the REST API.
func Owns(path string) bool {
	v, rest := version(path)
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	return v >= 2 && first == "openapi.json" || first == "api_versions" || first == "info" || first == "sessions" || first == "workflow"
}

// version splits the version off a path; 0 = none was given.
func version(path string) (int, string) {
	head, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if i := slices.Index(versions, head); i >= 0 {
		return i + 1, "/" + rest
	}
	return 0, path
}

type versionKey struct{}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, path := version(r.URL.Path)
	if v == 0 {
		v = len(versions)
	}
	q := r.WithContext(context.WithValue(r.Context(), versionKey{}, v))
	q.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
	q.Body = http.MaxBytesReader(w, r.Body, g.MaxBody)
	_, pattern := g.mux.Handler(q)
	if i := slices.IndexFunc(routes, func(x route) bool { return x.method+" "+x.path == pattern }); i >= 0 && routes[i].since <= v {
		g.mux.ServeHTTP(w, q)
		return
	}
	if pattern == "" {
		var allowed []string
		for _, m := range []string{"GET", "POST", "DELETE"} {
			probe := &http.Request{Method: m, URL: q.URL, Host: r.Host}
			if _, p := g.mux.Handler(probe); p != "" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeError(w, http.StatusMethodNotAllowed, fmt.Sprintf("Method %s not allowed at %s.", r.Method, r.URL.Path))
			return
		}
	}
	writeError(w, http.StatusNotFound, "Not found: "+r.URL.Path)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	b := bytes.TrimSpace(buf.Bytes())
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"errors":["Internal server error. Could not map response to JSON."]}`)
	}
	send(w, status, b)
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	w.Write(body)
}

func writeError(w http.ResponseWriter, status int, messages ...string) {
	writeJSON(w, status, map[string]any{"errors": messages})
}

// serverError is an error in the shape in which Flink's clients look for its
// last cause.
func serverError(w http.ResponseWriter, what string, causes []string, ds []Diagnostic) {
	var b strings.Builder
	b.WriteString("<Exception on server side:\norg.apache.flink.table.gateway.api.utils.SqlGatewayException: " + what)
	for _, c := range causes {
		b.WriteString("\nCaused by: " + c + "\n\tat flott")
	}
	b.WriteString("\n\n\nEnd of exception on server side>")
	body := map[string]any{"errors": []string{"Internal server error.", b.String()}}
	if ds != nil {
		body["diagnostics"] = ds
	}
	writeJSON(w, http.StatusInternalServerError, body)
}

// inFlinksWords is an error in the words that Flink's clients may look for.
func inFlinksWords(format string, args ...any) error { return flinkError(fmt.Sprintf(format, args...)) }

type flinkError string

func (e flinkError) Error() string { return string(e) }

func plainError(w http.ResponseWriter, what string, err error) {
	serverError(w, what, []string{"org.apache.flink.table.gateway.api.utils.SqlGatewayException: " + err.Error()}, nil)
}

// MediaType is what clients that read diagnostics accept. Flink's do not take an
// answer with a field that they do not know.
const MediaType = "application/vnd.flott+json"

// Diagnostic is a mistake in a statement as clients of flott read it.
type Diagnostic struct {
	Code    string `json:"code"`
	Stage   string `json:"stage"`
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
	// Line and Column count from 1; 0 = no place. Start and End are the bytes
	// of the statement that the mistake is about.
	Line   int      `json:"line,omitempty"`
	Column int      `json:"column,omitempty"`
	Start  int      `json:"start,omitempty"`
	End    int      `json:"end,omitempty"`
	Label  string   `json:"label,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// Diagnostics describes errors of a text.
func Diagnostics(text string, errs []*diag.Error) []Diagnostic {
	out := make([]Diagnostic, len(errs))
	for i, e := range errs {
		d := Diagnostic{Code: e.Code, Stage: e.Stage.String(), Message: e.Message, Help: e.Help, Label: e.Label}
		if !e.Span.IsZero() {
			d.Line, d.Column = diag.LineCol(text, e.Span.Start)
			d.Start, d.End = e.Span.Start, e.Span.End
		}
		d.Notes = append(d.Notes, e.Notes...)
		out[i] = d
	}
	return out
}

// statementErrors answers a failed statement. Flink's client prints what stands
// between the last "Caused by: " and the stack: there the mistake is shown with
// its place.
func statementErrors(w http.ResponseWriter, r *http.Request, what, text string, errs []*diag.Error) {
	ds := Diagnostics(text, errs)
	var causes []string
	for i := len(errs) - 1; i >= 0; i-- {
		shown := strings.TrimSpace(diag.Render(text, errs[i], false))
		causes = append(causes, "flott"+strings.TrimPrefix(shown, "error"))
	}
	if !strings.Contains(r.Header.Get("Accept"), MediaType) {
		ds = nil
	}
	serverError(w, what, causes, ds)
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// param returns a handle of the path, or answers 400.
func param(w http.ResponseWriter, r *http.Request, name, flink string) (string, bool) {
	v := r.PathValue(name)
	if !uuidForm.MatchString(v) {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("Bad request, could not parse parameters: Cannot resolve path parameter (%s) from value %q.", flink, v))
		return "", false
	}
	return v, true
}

// body reads a JSON body; an empty one is an empty object.
func body(w http.ResponseWriter, r *http.Request, name string, into any) bool {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			writeError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("The request is larger than %d bytes.", large.Limit))
		} else {
			writeError(w, http.StatusBadRequest, "The request ended early.")
		}
		return false
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return true
	}
	if err := json.Unmarshal(b, into); err != nil {
		writeError(w, http.StatusBadRequest, "Bad request received. Request did not match expected format "+name+".")
		return false
	}
	return true
}

func (g *Gateway) apiVersions(w http.ResponseWriter, _ *http.Request) {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = strings.ToUpper(v)
	}
	writeJSON(w, 200, map[string]any{"versions": names})
}

func (g *Gateway) info(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, 200, map[string]string{"productName": "flott", "version": g.ProductVersion})
}

func (g *Gateway) openSession(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SessionName string            `json:"sessionName"`
		Properties  map[string]string `json:"properties"`
	}
	if !body(w, r, "OpenSessionRequestBody", &in) {
		return
	}
	sql, err := g.Open(in.Properties)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			statementErrors(w, r, "Failed to openSession.", "", []*diag.Error{d})
			return
		}
		plainError(w, "Failed to openSession.", err)
		return
	}
	s := newSession(newUUID(), in.SessionName, sql, g.Clock.Now)
	if err := g.sessions.put(s, g.MaxSessions); err != nil {
		plainError(w, "Failed to openSession.", err)
		return
	}
	writeJSON(w, 200, map[string]string{"sessionHandle": s.handle})
}

// session returns the session of a request, or answers the error.
func (g *Gateway) session(w http.ResponseWriter, r *http.Request) *gatewaySession {
	handle, ok := param(w, r, "session", "session_handle")
	if !ok {
		return nil
	}
	s, err := g.sessions.get(handle)
	if err != nil {
		plainError(w, "Failed to find the session.", err)
		return nil
	}
	return s
}

func (g *Gateway) operation(w http.ResponseWriter, r *http.Request, doing string) (*gatewaySession, *operation) {
	s := g.session(w, r)
	if s == nil {
		return nil, nil
	}
	handle, ok := param(w, r, "operation", "operation_handle")
	if !ok {
		return nil, nil
	}
	o, err := s.operation(handle)
	if err != nil {
		plainError(w, "Failed to "+doing+".", err)
		return nil, nil
	}
	return s, o
}

func (g *Gateway) sessionConfig(w http.ResponseWriter, r *http.Request) {
	if s := g.session(w, r); s != nil {
		writeJSON(w, 200, map[string]any{"properties": *s.settings.Load()})
	}
}

func (g *Gateway) closeSession(w http.ResponseWriter, r *http.Request) {
	handle, ok := param(w, r, "session", "session_handle")
	if !ok {
		return
	}
	s, err := g.sessions.take(handle)
	if err != nil {
		plainError(w, "Failed to closeSession.", err)
		return
	}
	s.close()
	writeJSON(w, 200, map[string]string{"status": "CLOSED"})
}

func (g *Gateway) heartbeat(w http.ResponseWriter, r *http.Request) {
	if g.session(w, r) != nil {
		writeJSON(w, 200, struct{}{})
	}
}

type statementBody struct {
	Statement        *string           `json:"statement"`
	ExecutionTimeout int64             `json:"executionTimeout"`
	ExecutionConfig  map[string]string `json:"executionConfig"`
}

func (b *statementBody) check(w http.ResponseWriter, name string) bool {
	if b.Statement == nil {
		writeError(w, http.StatusBadRequest, "Bad request received. Request did not match expected format "+name+".", "\"statement\" is missing.")
		return false
	}
	if b.ExecutionTimeout > 0 {
		serverError(w, "Failed to executeStatement.", []string{"java.lang.UnsupportedOperationException: SqlGatewayService doesn't support timeout mechanism now."}, nil)
		return false
	}
	return true
}

func (g *Gateway) configure(w http.ResponseWriter, r *http.Request) {
	s := g.session(w, r)
	if s == nil {
		return
	}
	var in statementBody
	if !body(w, r, "ConfigureSessionRequestBody", &in) || !in.check(w, "ConfigureSessionRequestBody") {
		return
	}
	st, perr := one(*in.Statement)
	if perr != nil {
		statementErrors(w, r, "Failed to configureSession.", *in.Statement, []*diag.Error{perr})
		return
	}
	if !configures(st) {
		serverError(w, "Failed to configureSession.", []string{"java.lang.UnsupportedOperationException: Unsupported statement for configuring session: " + *in.Statement}, nil)
		return
	}
	if err := s.enter(r.Context()); err != nil {
		return
	}
	_, errs := s.execute(r.Context(), *in.Statement, nil)
	s.leave()
	if errs != nil {
		statementErrors(w, r, "Failed to configureSession.", *in.Statement, errs)
		return
	}
	writeJSON(w, 200, struct{}{})
}

func (g *Gateway) complete(w http.ResponseWriter, r *http.Request) {
	s := g.session(w, r)
	if s == nil {
		return
	}
	var in struct {
		Statement string `json:"statement"`
		Position  int    `json:"position"`
	}
	if !body(w, r, "CompleteStatementRequestBody", &in) {
		return
	}
	// The page cannot send a body with GET.
	if q := r.URL.Query(); q.Has("statement") {
		in.Statement = q.Get("statement")
		in.Position, _ = strconv.Atoi(q.Get("position"))
	}
	if err := s.enter(r.Context()); err != nil {
		return
	}
	candidates := s.sql.Complete(in.Statement, in.Position)
	s.leave()
	if candidates == nil {
		candidates = []string{}
	}
	writeJSON(w, 200, map[string]any{"candidates": candidates})
}

func (g *Gateway) statement(w http.ResponseWriter, r *http.Request) {
	s := g.session(w, r)
	if s == nil {
		return
	}
	var in statementBody
	if !body(w, r, "ExecuteStatementRequestBody", &in) || !in.check(w, "ExecuteStatementRequestBody") {
		return
	}
	o := &operation{handle: newUUID(), state: pending, done: make(chan struct{})}
	o.ctx, o.cancel = context.WithCancel(g.ctx)
	if err := s.add(o); err != nil {
		plainError(w, "Failed to executeStatement.", err)
		return
	}
	go o.run(s, *in.Statement, in.ExecutionConfig)
	writeJSON(w, 200, map[string]string{"operationHandle": o.handle})
}

func notSupported(w http.ResponseWriter, what, instead string) {
	serverError(w, "not supported", []string{"flott[not-supported]: " + what + " is not supported; " + instead}, nil)
}

func (g *Gateway) script(w http.ResponseWriter, r *http.Request) {
	notSupported(w, "deploying a script as an application of its own", "send its statements one by one, or use flott run FILE.sql --target HOST:PORT")
}

func (g *Gateway) refresh(w http.ResponseWriter, r *http.Request) {
	notSupported(w, "refreshing materialized tables", "run the query as an INSERT")
}

func (g *Gateway) workflow(w http.ResponseWriter, r *http.Request) {
	notSupported(w, "the workflow scheduler of materialized tables", "use a scheduler of your own with flott run")
}

func (g *Gateway) operationStatus(w http.ResponseWriter, r *http.Request) {
	if _, o := g.operation(w, r, "getOperationStatus"); o != nil {
		st, _ := o.status()
		writeJSON(w, 200, map[string]string{"status": string(st)})
	}
}

func (g *Gateway) cancelOperation(w http.ResponseWriter, r *http.Request) {
	if _, o := g.operation(w, r, "cancelOperation"); o != nil {
		o.stop()
		writeJSON(w, 200, map[string]string{"status": string(canceled)})
	}
}

func (g *Gateway) closeOperation(w http.ResponseWriter, r *http.Request) {
	s, o := g.operation(w, r, "closeOperation")
	if o == nil {
		return
	}
	if err := s.remove(o.handle); err != nil {
		plainError(w, "Failed to closeOperation.", err)
		return
	}
	writeJSON(w, 200, map[string]string{"status": "CLOSED"})
}

func (g *Gateway) fetch(w http.ResponseWriter, r *http.Request) {
	format := JSON
	v := r.Context().Value(versionKey{}).(int)
	if f := r.URL.Query().Get("rowFormat"); f != "" && v > 1 {
		format = RowFormat(strings.ToUpper(f))
		if format != JSON && format != PlainText {
			writeError(w, http.StatusBadRequest, fmt.Sprintf("Bad request, could not parse parameters: Cannot resolve query parameter (rowFormat) from value %q.", f))
			return
		}
	}
	token, err := strconv.ParseInt(r.PathValue("token"), 10, 64)
	if err != nil || token < 0 {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("Bad request, could not parse parameters: Cannot resolve path parameter (token) from value %q.", r.PathValue("token")))
		return
	}
	s, o := g.operation(w, r, "fetchResults")
	if o == nil {
		return
	}
	uri := func(token int64) string {
		u := fmt.Sprintf("/v%d/sessions/%s/operations/%s/result/%d", v, s.handle, o.handle, token)
		if v > 1 {
			u += "?rowFormat=" + string(format)
		}
		return u
	}
	// A statement is planned within milliseconds: waiting a little spares the
	// client a call.
	hold := time.NewTimer(g.Hold)
	defer hold.Stop()
	select {
	case <-o.done:
	case <-hold.C:
	case <-r.Context().Done():
	}
	st, errs := o.status()
	switch st {
	case failed:
		s.remove(o.handle)
		statementErrors(w, r, "Failed to fetchResults.", o.text, errs)
		return
	case canceled:
		plainError(w, "Failed to fetchResults.", inFlinksWords("The operation %s was canceled.", o.handle))
		return
	case pending, running:
		writeJSON(w, 200, map[string]any{"resultType": "NOT_READY", "nextResultUri": uri(token)})
		return
	}
	a, errs, err := o.result.get(r.Context(), token, g.Hold)
	switch {
	case errs != nil:
		s.remove(o.handle)
		statementErrors(w, r, "Failed to fetchResults.", o.text, errs)
		return
	case err != nil:
		plainError(w, "Failed to fetchResults.", err)
		return
	}
	s.used()
	next := ""
	if !a.eos {
		next = uri(token + 1)
	}
	send(w, 200, o.result.encode(a, format, next))
}

// encode writes an answer.
func (r *result) encode(a answer, format RowFormat, next string) []byte {
	kind := "PAYLOAD"
	if a.eos {
		kind = "EOS"
	}
	content := "SUCCESS_WITH_CONTENT"
	if r.kind == session.OK {
		content = "SUCCESS"
	}
	b := fmt.Appendf(nil, `{"resultType":%q,"isQueryResult":%t,`, kind, r.kind == session.Query)
	if r.jobID != "" {
		b = fmt.Appendf(b, `"jobID":%q,`, r.jobID)
	}
	b = fmt.Appendf(b, `"resultKind":%q,"results":{"columns":`, content)
	b = append(b, columnsJSON(r.columns)...)
	b = fmt.Appendf(b, `,"rowFormat":%q,"data":[`, format)
	first := true
	begin := func(kind string) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, `{"kind":"`...), kind...), `","fields":[`...)
	}
	for _, row := range a.cells {
		begin("INSERT")
		for k, c := range row {
			if k > 0 {
				b = append(b, ',')
			}
			b = appendCell(b, c, r.columns[k].Type, format)
		}
		b = append(b, "]}"...)
	}
	if a.page != nil {
		var text []byte
		for _, batch := range a.page.batches {
			for i := range batch.Len() {
				begin(kindNames[batch.Kind(i)])
				for k, c := range batch.Cols {
					if k > 0 {
						b = append(b, ',')
					}
					switch {
					case format == JSON:
						b = appendJSON(b, c, i)
					case c.IsNull(i):
						b = append(b, "null"...)
					default:
						text = appendTextCell(text[:0], c, i, r)
						b = quoted(b, text)
					}
				}
				b = append(b, "]}"...)
			}
		}
	}
	b = append(b, "]}"...)
	if next != "" {
		b = fmt.Appendf(b, `,"nextResultUri":%q`, next)
	}
	return append(b, '}')
}

func columnsJSON(columns []spec.Column) []byte {
	out := make([]map[string]any, len(columns))
	for i, c := range columns {
		out[i] = map[string]any{"name": c.Name, "logicalType": logicalType(c.Type), "comment": nil}
	}
	b, err := json.Marshal(out)
	if err != nil { // maps of strings, numbers and booleans always marshal
		return []byte("[]")
	}
	return b
}
