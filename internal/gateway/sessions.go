package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/logs"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

// gatewaySession is an open session: one SQL session, used by one operation at a
// time, and its operations.
type gatewaySession struct {
	handle string
	name   string
	now    func() time.Time
	touch  atomic.Int64 // milliseconds of the last call

	// settings is what GET /sessions/S answers: clients ask for it all the
	// time, so it must not wait for a statement that is being planned.
	settings atomic.Pointer[map[string]string]

	// turn is held by the operation that uses sql.
	turn chan struct{}
	sql  *session.Session
	// set holds the INSERTs since BEGIN STATEMENT SET; nil outside of one.
	set []string

	mu         sync.Mutex
	operations map[string]*operation
	order      []*operation // the oldest first
	closed     bool
}

// maxOperations is how many statements a session remembers: clients do not close
// those of DDL and INSERTs, and a session may be open for months.
const maxOperations = 100

func newSession(handle, name string, sql *session.Session, now func() time.Time) *gatewaySession {
	s := &gatewaySession{handle: handle, name: name, sql: sql, turn: make(chan struct{}, 1), operations: map[string]*operation{}, now: now}
	s.publish()
	s.used()
	return s
}

func (s *gatewaySession) used() { s.touch.Store(s.now().UnixMilli()) }

func (s *gatewaySession) publish() {
	m := s.sql.Settings()
	for k, v := range m {
		m[k] = logs.Value(k, v)
	}
	s.settings.Store(&m)
}

// enter waits for the session's turn.
func (s *gatewaySession) enter(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *gatewaySession) leave() {
	s.publish()
	<-s.turn
}

// add registers an operation.
func (s *gatewaySession) add(o *operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return inFlinksWords("Session '%s' does not exist.", s.handle)
	}
	s.operations[o.handle] = o
	s.order = append(s.order, o)
	for i := 0; i < len(s.order) && len(s.order) > maxOperations; {
		if old := s.order[i]; s.operations[old.handle] != old || old.over() {
			delete(s.operations, old.handle)
			s.order = slices.Delete(s.order, i, i+1)
		} else {
			i++
		}
	}
	return nil
}

func (s *gatewaySession) operation(handle string) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.operations[handle]
	if o == nil {
		return nil, inFlinksWords("Can not find the submitted operation in the OperationManager with the %s.", handle)
	}
	return o, nil
}

// remove closes an operation and forgets it.
func (s *gatewaySession) remove(handle string) error {
	s.mu.Lock()
	o := s.operations[handle]
	delete(s.operations, handle)
	s.mu.Unlock()
	if o == nil {
		return inFlinksWords("Can not find the submitted operation in the OperationManager with the %s.", handle)
	}
	o.close()
	return nil
}

// close closes the session's operations.
func (s *gatewaySession) close() {
	s.mu.Lock()
	ops := s.operations
	s.operations, s.order, s.closed = map[string]*operation{}, nil, true
	s.mu.Unlock()
	for _, o := range ops {
		o.close()
	}
}

// statementSet handles BEGIN STATEMENT SET … END that comes statement by
// statement. It returns the text to execute, or done if there is nothing to do.
func (s *gatewaySession) statementSet(text string) (execute string, done bool, errs []*diag.Error) {
	words := strings.Fields(strings.ToUpper(strings.TrimRight(strings.TrimSpace(parser.StripComments(text)), "; \n\t")))
	is := func(want ...string) bool {
		return len(words) == len(want) && strings.Join(words, " ") == strings.Join(want, " ")
	}
	begins := is("BEGIN", "STATEMENT", "SET") || is("EXECUTE", "STATEMENT", "SET", "BEGIN")
	switch {
	case begins && s.set != nil:
		return "", false, wrong("statement-set", "a statement set is open already; END closes it")
	case begins:
		s.set = []string{}
		return "", true, nil
	case s.set == nil:
		return text, false, nil
	case is("END"):
		inserts := s.set
		s.set = nil
		if len(inserts) == 0 {
			return "", true, nil
		}
		return "EXECUTE STATEMENT SET BEGIN\n" + strings.Join(inserts, "\n") + "\nEND;", false, nil
	}
	st, err := one(text)
	if err != nil {
		return "", false, []*diag.Error{err}
	}
	if _, ok := st.(*ast.Insert); !ok {
		return "", false, wrong("statement-set", "between BEGIN STATEMENT SET and END there are only INSERTs")
	}
	s.set = append(s.set, strings.TrimRight(strings.TrimSpace(text), ";")+";")
	return "", true, nil
}

func wrong(code, format string, args ...any) []*diag.Error {
	return []*diag.Error{{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...)}}
}

// one parses the only statement of a text.
func one(text string) (ast.Statement, *diag.Error) {
	var st ast.Statement
	for p := range parser.Split(text) {
		if st != nil {
			return nil, &diag.Error{Code: "one-statement", Stage: diag.StageParse, Span: p.Span, Message: "one statement at a time: there is another one behind the first"}
		}
		parsed, err := p.Parse()
		if err != nil {
			return nil, err
		}
		st = parsed
	}
	if st == nil {
		return nil, &diag.Error{Code: "empty-statement", Stage: diag.StageParse, Message: "there is no statement in the text"}
	}
	return st, nil
}

// execute carries out one statement. Settings in config hold for it alone.
func (s *gatewaySession) execute(ctx context.Context, text string, config map[string]string) (*session.Result, []*diag.Error) {
	text, done, errs := s.statementSet(text)
	if errs != nil || done {
		return &session.Result{Kind: session.OK}, errs
	}
	s.sql.SetScript(text)
	st, err := one(text)
	if err != nil {
		return nil, []*diag.Error{err}
	}
	if len(config) > 0 {
		undo, err := s.sql.Override(config)
		if err != nil {
			return nil, []*diag.Error{err}
		}
		defer undo()
	}
	return s.sql.ExecuteStatement(ctx, st)
}

// configures reports whether a statement may stand in an init script.
func configures(st ast.Statement) bool {
	switch st := st.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.StatementSet, *ast.Explain, *ast.Show, *ast.ShowCreate, *ast.Describe, *ast.StopJob:
		return false
	case *ast.CreateTable:
		return st.Query == nil
	case *ast.Set:
		return st.Key != nil
	}
	return true
}

// sessions are the open sessions.
type sessions struct {
	mu   sync.Mutex
	open map[string]*gatewaySession
}

func (m *sessions) get(handle string) (*gatewaySession, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.open[handle]
	if s == nil {
		return nil, inFlinksWords("Session '%s' does not exist.", handle)
	}
	s.used()
	return s, nil
}

func (m *sessions) put(s *gatewaySession, most int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.open) >= most {
		return inFlinksWords("Failed to create session, the count of active sessions exceeds the max count: %d", most)
	}
	m.open[s.handle] = s
	return nil
}

func (m *sessions) take(handle string) (*gatewaySession, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.open[handle]
	if s == nil {
		return nil, inFlinksWords("Session '%s' does not exist.", handle)
	}
	delete(m.open, handle)
	return s, nil
}

// idle takes out the sessions that nobody has used since before.
func (m *sessions) idle(before time.Time) (out []*gatewaySession) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.open, func(_ string, s *gatewaySession) bool {
		old := s.touch.Load() < before.UnixMilli()
		if old {
			out = append(out, s)
		}
		return old
	})
	return out
}
