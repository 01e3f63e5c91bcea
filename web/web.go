// Package web is the server's page: plain modules, styles and drawings under
// static/, served as they are. Nothing is fetched from another host, and no tool
// is needed to build it.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed static
var files embed.FS

// policy lets the page load its own files and speak to its own server only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// asset is a file as it is sent.
type asset struct {
	plain, zipped []byte
	tag           string
}

var assets = struct {
	mu sync.Mutex
	by map[string]*asset
}{by: map[string]*asset{}}

// load reads a file when it is first asked for: a server that nobody looks at
// keeps none of it.
func load(name string) (*asset, error) {
	assets.mu.Lock()
	defer assets.mu.Unlock()
	if a := assets.by[name]; a != nil {
		return a, nil
	}
	b, err := fs.ReadFile(files, "static/"+name)
	if err != nil {
		return nil, err
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b) // to memory: does not fail
	w.Close()
	sum := sha256.Sum256(b)
	a := &asset{b, z.Bytes(), `"` + hex.EncodeToString(sum[:8]) + `"`}
	assets.by[name] = a
	return a, nil
}

// Owns reports whether a path is one of the page's files.
func Owns(p string) bool {
	if p == "/" || p == "/index.html" {
		return true
	}
	st, err := fs.Stat(files, "static"+path.Clean(p))
	return err == nil && !st.IsDir()
}

// Handler serves the page.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		a, err := load(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType(name))
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", a.tag)
		h.Set("Vary", "Accept-Encoding")
		if r.Header.Get("If-None-Match") == a.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := a.plain
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.zipped
		}
		if r.Method == http.MethodGet {
			w.Write(body)
		}
	})
}

// contentType does not ask the machine's tables, which differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}
