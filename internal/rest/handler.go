package rest

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/internal/clock"
)

// Handler serves the API. Close ends what it began.
type Handler struct {
	Config
	mux        *http.ServeMux
	operations operations
	crossSite  *http.CrossOriginProtection
	openAPI    func() ([]byte, error) // the document, made when it is first asked for
}

// New returns the handler of the API. Paths may begin with /v1.
func New(c Config) *Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	h := &Handler{Config: c, mux: http.NewServeMux(), crossSite: http.NewCrossOriginProtection()}
	h.operations.init(c.Clock, c.Options)
	routes := Routes()
	h.openAPI = sync.OnceValues(func() ([]byte, error) { return encode(OpenAPI(routes)) })
	methods := map[string]map[string]*Route{} // path → method
	for i := range routes {
		r := &routes[i]
		m := methods[r.Path]
		if m == nil {
			m = map[string]*Route{}
			methods[r.Path] = m
			h.mux.Handle(muxPath(r.Path), h.path(m))
		}
		m[r.Method] = r
	}
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.refuse(w, fail(http.StatusNotFound, "Unable to load requested file %s.", r.URL.Path))
	})
	return h
}

// Close gives up operations under way and waits for them.
func (h *Handler) Close() { h.operations.close() }

// NewServer returns a server for a handler like this one, with time-outs that
// keep slow clients from holding it up.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 90 * time.Second, MaxHeaderBytes: 64 << 10}
}

// Owns reports whether a path belongs to the API, rather than to a page.
func Owns(path string) bool {
	return roots()[firstPart(withoutVersion(path))]
}

func firstPart(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

func withoutVersion(path string) string {
	if rest, ok := strings.CutPrefix(path, "/v1/"); ok {
		return "/" + rest
	}
	return path
}

// muxPath writes Flink's :name as the mux has it.
func muxPath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			h.Log.Error("a REST endpoint panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			h.refuse(w, &failure{http.StatusInternalServerError, []string{"Internal server error."}})
		}
	}()
	if origin := h.Options["web.access-control-allow-origin"]; origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		if origin != "*" {
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/v1/"); ok {
		c := *r
		u := *r.URL
		u.Path, u.RawPath = "/"+rest, strings.TrimPrefix(u.RawPath, "/v1")
		c.URL = &u
		r = &c
	}
	// The mux would answer paths that it cleans up with a redirection.
	if strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/../") || strings.HasSuffix(r.URL.Path, "/..") {
		h.refuse(w, fail(http.StatusNotFound, "Unable to load requested file %s.", r.URL.Path))
		return
	}
	h.mux.ServeHTTP(w, r)
}

// path serves the methods of one path.
func (h *Handler) path(methods map[string]*Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		route := methods[method]
		if route == nil {
			var allowed []string
			for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
				if methods[m] != nil {
					allowed = append(allowed, m)
				}
			}
			w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ", "))
			if method == http.MethodOptions {
				w.Header().Set("Access-Control-Allow-Methods", strings.Join(allowed, ", "))
				w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
				w.WriteHeader(http.StatusNoContent)
				return
			}
			h.refuse(w, fail(http.StatusMethodNotAllowed, "%s is not allowed for %s, but %s is.", r.Method, r.URL.Path, strings.Join(allowed, ", ")))
			return
		}
		if err := h.permit(route, r); err != nil {
			h.refuse(w, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := route.call(&request{r, h})
		if err != nil {
			h.refuse(w, failureOf(err))
			return
		}
		h.answer(w, r, route, answer)
	})
}

// permit refuses changes where only looking is allowed, and those that a page
// of another site asks for, be it by a GET.
func (h *Handler) permit(route *Route, r *http.Request) *failure {
	if !route.Changes {
		return nil
	}
	if h.ReadOnly {
		return fail(http.StatusForbidden, "This server is read-only.")
	}
	if r.Method == http.MethodGet {
		c := *r
		c.Method = http.MethodPost
		r = &c
	}
	if err := h.crossSite.Check(r); err != nil && h.Options["web.access-control-allow-origin"] == "" {
		return fail(http.StatusForbidden, "A page of another site may not change anything here.")
	}
	return nil
}

// answer writes what an endpoint returned: a text, or JSON.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, route *Route, answer any) {
	if file, ok := answer.(io.ReadCloser); ok {
		defer file.Close()
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(route.Status)
		if r.Method != http.MethodHead {
			// An error here means that the client has gone; there is nobody to tell.
			_, _ = io.Copy(w, file)
		}
		return
	}
	if raw, ok := answer.(rawJSON); ok {
		h.write(w, route.Status, raw)
		return
	}
	if after, ok := answer.(afterwards); ok {
		defer after()
		answer = empty{}
	}
	b, err := encode(answer)
	if err != nil {
		h.refuse(w, failureOf(err))
		return
	}
	h.write(w, route.Status, b)
}

// rawJSON is an answer that is encoded already.
type rawJSON []byte

// afterwards is an empty answer and what is to be done when it is written.
type afterwards func()

func (h *Handler) refuse(w http.ResponseWriter, f *failure) {
	if f.status >= http.StatusInternalServerError {
		h.Log.Debug("a REST request failed", "status", f.status, "err", errors.New(f.Error()))
	}
	b, err := encode(errorBody{f.messages})
	if err != nil {
		b = []byte(`{"errors":["Internal server error."]}`)
	}
	h.write(w, f.status, b)
}

func (h *Handler) write(w http.ResponseWriter, status int, b []byte) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error here means that the client has gone; there is nobody to tell.
	_, _ = w.Write(b)
}
