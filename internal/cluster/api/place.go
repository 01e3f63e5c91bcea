package api

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// LocalPath reads the place of a savepoint: a path, or a `file:` URI.
func LocalPath(place string) (string, error) {
	path := place
	if scheme, _, ok := strings.Cut(place, ":"); ok && len(scheme) > 1 && !strings.ContainsAny(scheme, `/\`) {
		u, err := url.Parse(place)
		if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" {
			return "", &diag.Error{Code: "not-supported", Stage: diag.StageRun, Message: fmt.Sprintf("savepoints in %q", place),
				Help: "name a folder of this machine, as a path or as file:///path"}
		}
		if path = u.Path; path == "" {
			path = u.Opaque
		}
	}
	if path == "" {
		return "", &diag.Error{Code: "option-value", Stage: diag.StageRun, Message: "the savepoint's folder is empty"}
	}
	return filepath.Abs(path)
}

// Describe is an error's message with its notes and help, a line each.
func Describe(err error) string {
	text := err.Error()
	if d := (*diag.Error)(nil); errors.As(err, &d) {
		for _, n := range d.Notes {
			text += "\nnote: " + n
		}
		if d.Help != "" {
			text += "\nhelp: " + d.Help
		}
	}
	return text
}

// FileURI is the place of a savepoint as Flink's clients print it.
func FileURI(path string) string {
	if path == "" {
		return ""
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String()
}
