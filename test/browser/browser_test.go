package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestPage opens a page that says something, asks for something and fails.
func TestPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			fmt.Fprint(w, `<title>x</title><p>hello</p><script>console.error("broken"); fetch("/data"); setTimeout(() => { document.title = "done"; throw new Error("late") }, 1)</script>`)
		}
	}))
	defer s.Close()
	b, err := Start(t, 400, 300)
	if errors.Is(err, ErrNoBrowser) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Open(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := p.Await(ctx, `document.title == "done"`); err != nil {
		t.Fatal(err)
	}
	if text, err := p.Text(); err != nil || text != "hello" {
		t.Errorf("%q, %v", text, err)
	}
	if e := strings.Join(p.Errors(), "\n"); !strings.Contains(e, "broken") || !strings.Contains(e, "late") {
		t.Errorf("errors: %s", e)
	}
	if r := p.Requests(); !slices.Contains(r, s.URL+"/data") {
		t.Errorf("requests: %v", r)
	}
	if shot, err := p.Shot(); err != nil || !strings.HasPrefix(string(shot), "\x89PNG") {
		t.Errorf("picture of %d bytes, %v", len(shot), err)
	}
	if err := p.Eval("nothing.at.all", nil); err == nil {
		t.Error("a wrong expression has a value")
	}
}
