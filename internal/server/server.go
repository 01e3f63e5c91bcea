package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/cluster/embedded"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/gateway"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/rest"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/option"
	"github.com/flott/flott/web"
)

// Options describe a server.
type Options struct {
	// Dir is the server's folder; "" = server in engine.StateFolder().
	Dir string
	// Listen is host:port; "" = `rest.bind-address` and `rest.port`.
	Listen string
	// Settings are configuration keys.
	Settings map[string]string
	Verbose  bool
	LogTo    io.Writer // nil = no log
	Version  string
	Revision string
}

// stopTimeout bounds what a clean stop may take.
const stopTimeout = 4500 * time.Millisecond

// Server is a running server.
type Server struct {
	opts    Options
	engine  *engine.Engine
	cluster *embedded.Cluster
	options option.Set
	slots   int // 0 = any number
	log     *slog.Logger
	lock    *snapshot.Lock
	store   store
	gateway *gateway.Gateway
	rest    *rest.Handler
	page    http.Handler
	metrics http.Handler // for Prometheus
	tls     *tls.Config  // nil without TLS

	http     *http.Server
	listener net.Listener
	served   chan struct{}
	shutdown chan struct{} // closed when a client has asked for the end
	once     sync.Once

	mu       sync.Mutex
	running  map[string]*kept // jobs in the store that have not ended
	stopping bool
	watchers sync.WaitGroup
	notes    []string
}

// kept is a job of the store; job is nil while it is being started.
type kept struct {
	entry
	job *embedded.Job
}

// Start opens the folder, brings the jobs in it back and serves.
func Start(o Options) (_ *Server, err error) {
	if o.Dir == "" {
		o.Dir = filepath.Join(engine.StateFolder(), "server")
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	s := &Server{opts: o, store: store{filepath.Join(o.Dir, "jobs")}, running: map[string]*kept{}, page: web.Handler(), served: make(chan struct{}), shutdown: make(chan struct{})}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if err := os.MkdirAll(s.store.dir, 0o700); err != nil {
		return nil, &diag.Error{Code: "server-folder", Message: fmt.Sprintf("the server's folder %q cannot be made: %v", o.Dir, err), Help: "choose another one with --dir", Cause: err}
	}
	if s.lock, err = (snapshot.Folder{Path: o.Dir}).Lock(clock.Real{}); err != nil {
		var d *diag.Error
		if errors.As(err, &d) && d.Code == "job-running" {
			return nil, &diag.Error{Code: "server-running", Message: "a server" + strings.TrimPrefix(d.Message, "this job is running already,") + " uses this folder already",
				Notes: []string{"its folder is " + o.Dir}, Help: "stop it, or give this one another --dir and --listen"}
		}
		return nil, err
	}
	if s.slots, err = slots(o.Settings); err != nil {
		return nil, err
	}
	if s.engine, err = engine.Open(engine.Options{Settings: o.Settings, Slots: s.slots, Verbose: o.Verbose, LogTo: o.LogTo}); err != nil {
		return nil, err
	}
	s.cluster, s.options, s.log = s.engine.Cluster(), s.engine.Settings(), s.engine.Log().Logger()
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.gateway = gateway.New(gateway.Config{
		Open: s.open, ProductVersion: o.Version,
		IdleTimeout: s.options.Duration(config.SessionIdle), MaxSessions: int(s.options.Int(config.SessionMax)),
	})
	handler, err := s.handler()
	if err != nil {
		return nil, err
	}
	s.http = rest.NewServer(handler)
	s.http.TLSConfig, s.http.ErrorLog = s.tls, slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
	if err := s.bringBack(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.served)
		if err := s.serve(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the server has stopped serving", "error", err)
		}
	}()
	return s, nil
}

// release gives back what Start took.
func (s *Server) release() {
	if s.http != nil {
		s.http.Close()
	} else if s.listener != nil {
		s.listener.Close()
	}
	if s.gateway != nil {
		s.gateway.Close()
	}
	if s.rest != nil {
		s.rest.Close()
	}
	if s.engine != nil {
		s.engine.Close()
	}
	if s.lock != nil {
		s.lock.Unlock()
	}
}

// Address is where the server listens, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// URL is the address for a browser.
func (s *Server) URL() string {
	if s.tls != nil {
		return "https://" + s.Address()
	}
	return "http://" + s.Address()
}

// Dir is the server's folder.
func (s *Server) Dir() string { return s.opts.Dir }

// Notes are remarks for whoever started the server: settings without effect,
// jobs that could not be brought back.
func (s *Server) Notes() []string { return append(s.engine.Notes(), s.notes...) }

// Recovered is the number of jobs that run.
func (s *Server) Recovered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.running)
}

// Shutdown is closed when a client has asked the server to end.
func (s *Server) Shutdown() <-chan struct{} { return s.shutdown }

// Close stops serving and suspends the jobs: each takes a last checkpoint and
// goes on from there at the next start. It returns within five seconds.
func (s *Server) Close() error {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	s.http.Close()
	<-s.served
	s.gateway.Close()
	s.rest.Close()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var wg sync.WaitGroup
	s.mu.Lock()
	for _, k := range s.running {
		if k.job != nil {
			wg.Go(func() { k.job.Suspend(ctx) })
		}
	}
	s.mu.Unlock()
	wg.Wait()
	err := s.engine.Close()
	s.watchers.Wait()
	return errors.Join(err, s.lock.Unlock())
}

func (s *Server) listen() (err error) {
	address := s.opts.Listen
	if address == "" {
		host := s.options.Text(config.RestBindAddress)
		if host == "" {
			host = s.options.Text(config.RestAddress)
		}
		port := s.options.Text(config.RestBindPort)
		if port == "" {
			port = s.options.Text(config.RestPort)
		}
		address = net.JoinHostPort(host, port)
	}
	s.listener, err = listen(address)
	return err
}

// listen takes the first free port of host:PORTS, where PORTS is one port, a
// range (8081-8090) or several with commas.
func listen(address string) (net.Listener, error) {
	host, ports, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &diag.Error{Code: "listen-address", Message: fmt.Sprintf("%q is no address to listen at", address), Help: "write HOST:PORT, for example 127.0.0.1:8081"}
	}
	var last error
	for _, port := range portList(ports) {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err == nil {
			return l, nil
		}
		last = err
	}
	if last == nil {
		return nil, &diag.Error{Code: "listen-address", Message: fmt.Sprintf("%q names no port", address), Help: "write HOST:PORT, for example 127.0.0.1:8081"}
	}
	e := &diag.Error{Code: "listen-address", Message: fmt.Sprintf("the server cannot listen at %s: %v", address, last), Cause: last,
		Help: "choose another one with --listen HOST:PORT"}
	if pid := listenerPID(ports); pid > 0 {
		e.Notes = append(e.Notes, fmt.Sprintf("process %d%s listens there", pid, processName(pid)))
	}
	return nil, e
}

// open makes a gateway session's SQL session. A script of `flott run --target`
// says in its properties what it is called, so that its jobs are known again.
func (s *Server) open(properties map[string]string) (*session.Session, error) {
	settings := map[string]string{}
	for k, v := range s.options {
		if !strings.HasPrefix(k, "flott.rest.auth.") { // not for those who ask what is set
			settings[k] = v
		}
	}
	name, path, from := "", "", ""
	for k, v := range properties {
		switch k {
		case gateway.ScriptName:
			name = v
		case gateway.ScriptPath:
			path = v
		case gateway.ResumeFrom:
			from = v
		default:
			settings[k] = v
		}
	}
	o := session.Options{Cluster: &submitter{server: s, from: from}, Jobs: s.cluster.Dispatcher(), Settings: settings, Fold: expr.Fold}
	if name != "" || path != "" {
		o.Identity = func(sinks []string) string { return engine.Identity(name, path, sinks) }
	}
	x, err := session.New(o)
	if err != nil {
		return nil, err
	}
	return x, nil
}

// submitter is the server as a session sees it.
type submitter struct {
	server *Server
	from   string // "latest", or ""
}

// Submit keeps the job in the store and starts it. A query is not kept: nobody
// would be there to read its rows.
func (c *submitter) Submit(ctx context.Context, graph []byte, sub session.Submission) (session.Job, error) {
	s := c.server
	e := entry{ID: api.NewJobID(), Name: sub.Name, Identity: sub.Identity, State: api.JobRunning, Submitted: time.Now(),
		Restore:          strings.TrimPrefix(sub.Config[config.RecoveryPath.Key], "file://"),
		AllowNonRestored: option.Set(sub.Config).Bool(config.IgnoreUnclaimedState)}
	if sub.Query {
		return s.start(ctx, e, graph, "")
	}
	if err := s.reserve(e); err != nil {
		return nil, err
	}
	if c.from == "latest" {
		latest, err := s.latest(e.Identity)
		if err != nil {
			s.forget(e.ID)
			return nil, err
		}
		e.Restore = latest
	}
	if err := s.store.add(e, graph); err != nil {
		s.forget(e.ID)
		s.store.remove(e.ID)
		return nil, &diag.Error{Code: "server-folder", Stage: diag.StageRun, Message: fmt.Sprintf("the job cannot be kept in %q: %v", s.store.dir, err), Cause: err}
	}
	j, err := s.start(ctx, e, graph, s.store.state(e.ID))
	if err != nil {
		s.forget(e.ID)
		s.store.remove(e.ID)
		return nil, err
	}
	return j, nil
}

// reserve refuses a job whose twin runs already.
func (s *Server) reserve(e entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return engine.ErrStopped
	}
	if e.Identity != "" {
		for _, r := range s.running {
			if r.Identity == e.Identity {
				return &diag.Error{Code: "job-running", Stage: diag.StageRun, Message: fmt.Sprintf("this job is running already, as %s", r.ID),
					Help: "flott cancel " + r.ID + " ends it; --name NAME makes this another job"}
			}
		}
	}
	s.running[e.ID] = &kept{entry: e}
	return nil
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
	if len(s.running) == 0 && !s.stopping {
		time.AfterFunc(calmAfter, s.calm)
	}
}

// calmAfter is how long after the last job an idle server gives its memory back.
const calmAfter = 2 * time.Second

// calm gives the memory that no job needs back to the system; the Go runtime
// would take minutes to do so.
func (s *Server) calm() {
	s.mu.Lock()
	idle := len(s.running) == 0 && !s.stopping
	s.mu.Unlock()
	if idle {
		debug.FreeOSMemory()
	}
}

// latest finds the newest checkpoint of a job by its identity: that of a job in
// the store that has failed, or of a run outside of the server.
func (s *Server) latest(identity string) (string, error) {
	if identity == "" {
		return "", &diag.Error{Code: "no-checkpoint", Stage: diag.StageRun, Message: "a job without a name has no latest checkpoint to go on from", Help: "run a script file, or give --name"}
	}
	var newest api.CheckpointInfo
	look := func(folder string) error {
		c, ok, err := embedded.LatestCheckpoint(folder)
		if err == nil && ok && c.Triggered.After(newest.Triggered) {
			newest = c
		}
		return err
	}
	all, err := s.store.all()
	if err != nil {
		return "", err
	}
	for _, x := range all {
		if x.err == nil && x.Identity == identity {
			if err := look(s.store.state(x.ID)); err != nil {
				return "", err
			}
		}
	}
	outside := snapshot.Folder{Path: filepath.Join(engine.StateFolder(), identity)}
	if _, err := os.Stat(outside.Path); err == nil {
		if err := look(outside.Path); err != nil {
			return "", err
		}
		if newest.Path != "" && filepath.Dir(newest.Path) == outside.Path {
			// A run that still goes on would write the same rows.
			l, err := outside.TryLock()
			if err != nil {
				return "", err
			}
			l.Unlock()
		}
	}
	if newest.Path == "" {
		return "", &diag.Error{Code: "no-checkpoint", Stage: diag.StageRun, Message: "there is no checkpoint of this job to go on from",
			Notes: []string{"looked in " + s.store.dir + " and " + outside.Path}, Help: "leave out --from to start anew"}
	}
	return newest.Path, nil
}

// start runs a job. folder is where its checkpoints go, "" = it is not kept.
func (s *Server) start(ctx context.Context, e entry, encoded []byte, folder string) (session.Job, error) {
	managed, client, err := s.share(encoded)
	if err != nil {
		return nil, err
	}
	o := embedded.SubmitOptions{JobID: e.ID, Folder: folder, AllowNonRestored: e.AllowNonRestored, ManagedBytes: managed, ClientBytes: client}
	if e.Restore != "" {
		own := false
		if folder != "" {
			_, ok, err := embedded.LatestCheckpoint(folder)
			own = err == nil && ok
		}
		if !own {
			o.Restore = e.Restore
		}
	}
	j, err := s.cluster.Submit(ctx, encoded, o)
	if err != nil {
		return nil, err
	}
	if folder != "" {
		s.mu.Lock()
		s.running[e.ID].job = j
		stopping := s.stopping
		s.mu.Unlock()
		if stopping { // in the meantime: Close has not seen this job
			j.Suspend(ctx)
		}
		s.watchers.Add(1)
		go s.watch(e, j)
	}
	return j, nil
}

// slots reads the number of slots; 0 = it is not set, and jobs get what they need.
func slots(settings map[string]string) (int, error) {
	text, ok := settings[config.TaskSlots.Key]
	if !ok {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, &diag.Error{Code: "option-value", Message: fmt.Sprintf("option %q: %q is no number of slots", config.TaskSlots.Key, text)}
	}
	return n, nil
}

// share is a job's part of the managed memory and of what the buffers of
// connectors may take. With a number of slots it is that of the slots it fills;
// without, jobs take managed memory as they need it from what others leave.
func (s *Server) share(encoded []byte) (managed, client int64, err error) {
	m := s.engine.Memory()
	if s.slots == 0 {
		return 0, m.TaskHeap / 2 / sharesWithoutSlots, nil
	}
	g, err := graph.Decode(encoded)
	if err != nil {
		return 0, 0, err
	}
	filled := 1
	for _, v := range g.Vertices {
		filled = max(filled, v.Parallelism)
	}
	part := func(all int64) int64 { return all / int64(s.slots) * int64(min(filled, s.slots)) }
	return part(m.Managed), part(m.TaskHeap / 2), nil
}

// sharesWithoutSlots is how many jobs at full speed share the memory for buffers.
const sharesWithoutSlots = 4

// watch notes a job's end in the store.
func (s *Server) watch(e entry, j *embedded.Job) {
	defer s.watchers.Done()
	err := j.Wait(context.Background())
	defer s.forget(e.ID)
	switch {
	case errors.Is(err, embedded.ErrSuspended):
		return // it goes on at the next start
	case err == nil, errors.Is(err, embedded.ErrCanceled):
		err = s.store.remove(e.ID)
	default:
		e.State, e.Error, e.Ended = api.JobFailed, err.Error(), time.Now()
		s.log.Error("a job has failed", "job", e.ID, "name", e.Name, "error", err)
		err = s.store.write(e)
	}
	if err != nil {
		s.log.Error("the job store cannot be written to", "job", e.ID, "error", err)
	}
}

// bringBack starts the jobs of the store that had not ended.
func (s *Server) bringBack() error {
	all, err := s.store.all()
	if err != nil {
		return err
	}
	note := func(format string, args ...any) {
		s.notes = append(s.notes, fmt.Sprintf(format, args...))
		s.log.Error(s.notes[len(s.notes)-1])
	}
	for _, x := range all {
		switch {
		case x.err != nil:
			note("job %s in %s cannot be brought back: %v; the others run", x.ID, s.store.folder(x.ID), x.err)
		case x.State != api.JobRunning:
		default:
			s.running[x.ID] = &kept{entry: x.entry}
			if _, err := s.start(context.Background(), x.entry, x.graph, s.store.state(x.ID)); err != nil {
				delete(s.running, x.ID)
				note("job %s (%s) cannot be brought back: %v", x.ID, x.Name, session.JobError(err).Message)
			}
		}
	}
	return nil
}
