package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/cluster/api"
)

// failure is an error with the status of its answer.
type failure struct {
	status   int
	messages []string
}

func (f *failure) Error() string { return strings.Join(f.messages, "; ") }

func fail(status int, format string, args ...any) *failure {
	return &failure{status, []string{fmt.Sprintf(format, args...)}}
}

// failureOf finds the answer for an error in Flink's words.
func failureOf(err error) *failure {
	var f *failure
	var unknown *api.UnknownJobError
	var ended *api.EndedError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &unknown):
		return fail(http.StatusNotFound, "Job %s not found", unknown.ID)
	case errors.As(err, &ended):
		return fail(http.StatusConflict, "Job %s has already ended, it is %s.", ended.ID, ended.State)
	case errors.As(err, &large):
		return fail(http.StatusRequestEntityTooLarge, "The request has more than %d bytes.", large.Limit)
	}
	return &failure{http.StatusInternalServerError, []string{"Internal server error.", api.Describe(err)}}
}

// request is a call of an endpoint.
type request struct {
	*http.Request
	h *Handler
}

// maxBody bounds a request's body.
const maxBody = 1 << 20

// isID reports whether s is an id of Flink's: 32 hex digits.
func isID(s string) bool {
	if len(s) != 32 {
		return false
	}
	for _, c := range []byte(s) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}

func badPath(name, value string) *failure {
	return fail(http.StatusBadRequest, "Bad request, could not parse parameters: Cannot resolve path parameter (%s) from value \"%s\".", name, value)
}

func badQuery(name, value string) *failure {
	return fail(http.StatusBadRequest, "Bad request, could not parse parameters: Cannot resolve query parameter (%s) from value \"%s\".", name, value)
}

// id reads a path parameter that is an id.
func (r *request) id(name string) (string, error) {
	v := r.PathValue(name)
	if !isID(v) {
		return "", badPath(name, v)
	}
	return strings.ToLower(v), nil
}

// number reads a path parameter that is a number from 0.
func (r *request) number(name string) (int64, error) {
	v := r.PathValue(name)
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return 0, badPath(name, v)
	}
	return n, nil
}

// list reads a query parameter with commas; nil = it is not there.
func (r *request) list(name string) (out []string) {
	for _, v := range r.URL.Query()[name] {
		for _, part := range strings.Split(v, ",") {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// job returns the picture of the job in the path.
func (r *request) job() (*api.JobStatus, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	s, err := r.h.Cluster.Job(id)
	return &s, err
}

// vertex returns the vertex in the path, and its job.
func (r *request) vertex() (*api.VertexStatus, *api.JobStatus, error) {
	j, err := r.job()
	if err != nil {
		return nil, nil, err
	}
	id, err := r.id("vertexid")
	if err != nil {
		return nil, nil, err
	}
	for i := range j.Vertices {
		if j.Vertices[i].ID == id {
			return &j.Vertices[i], j, nil
		}
	}
	return nil, nil, fail(http.StatusNotFound, "JobVertex %s not found", id)
}

// subtask returns the subtask in the path.
func (r *request) subtask() (*api.SubtaskStatus, *api.VertexStatus, error) {
	v, _, err := r.vertex()
	if err != nil {
		return nil, nil, err
	}
	n, err := r.number("subtaskindex")
	if err != nil {
		return nil, nil, err
	}
	if n >= int64(len(v.Subtasks)) {
		return nil, nil, fail(http.StatusNotFound, "Invalid subtask index for vertex %s", v.ID)
	}
	return &v.Subtasks[n], v, nil
}

// attempt returns the attempt in the path.
func (r *request) attempt() (*api.SubtaskStatus, *api.VertexStatus, error) {
	s, v, err := r.subtask()
	if err != nil {
		return nil, nil, err
	}
	n, err := r.number("attempt")
	if err != nil {
		return nil, nil, err
	}
	if n == int64(s.Attempt) {
		return s, v, nil
	}
	if i := slices.IndexFunc(s.Earlier, func(e api.SubtaskStatus) bool { return n == int64(e.Attempt) }); i >= 0 {
		e := s.Earlier[i]
		e.TaskManager, e.Host = s.TaskManager, s.Host
		return &e, v, nil
	}
	return nil, nil, fail(http.StatusNotFound, "Invalid attempt num %d", n)
}

// manager returns the task manager in the path.
func (r *request) manager() (api.TaskManagerStatus, error) {
	id := r.PathValue("taskmanagerid")
	for _, t := range r.h.Cluster.Cluster().TaskManagers {
		if t.ID == id {
			return t, nil
		}
	}
	return api.TaskManagerStatus{}, fail(http.StatusNotFound, "No TaskExecutor registered under %s.", id)
}

// body decodes the request's JSON into v; none leaves v as it is.
func (r *request) body(v any) error {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return err
		}
		return fail(http.StatusBadRequest, "The request's body could not be read: %v.", err)
	}
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fail(http.StatusBadRequest, "Request did not match expected format: %v.", err)
	}
	return nil
}
