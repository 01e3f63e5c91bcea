package rest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/test/browser"
)

// page is the server's own page in a Chromium.
type page struct {
	t    *testing.T
	p    *browser.Page
	base string
}

// see waits until an expression of JavaScript is true.
func (g *page) see(what, expression string) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := g.p.Await(ctx, expression); err != nil {
		var text string
		_ = g.p.Eval("document.body.innerText", &text)
		g.shot("failed")
		g.t.Fatalf("%s: %v\nthe page shows\n%s\nerrors: %v", what, err, text, g.p.Errors())
	}
}

// text is an expression for what an element shows.
func text(selector, want string) string {
	return fmt.Sprintf("(document.querySelector(%q)?.innerText || '').includes(%q)", selector, want)
}

func (g *page) do(expression string) {
	g.t.Helper()
	if err := g.p.Eval(expression, nil); err != nil {
		g.t.Fatalf("%s: %v", expression, err)
	}
}

// to leads to a view of the page.
func (g *page) to(hash string) { g.do(fmt.Sprintf("location.hash = %q", hash)) }

// shot keeps a picture in the folder FLOTT_SHOTS.
func (g *page) shot(name string) {
	g.t.Helper()
	dir := os.Getenv("FLOTT_SHOTS")
	if dir == "" {
		return
	}
	png, err := g.p.Shot()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "page-"+name+".png"), png, 0o644)
	}
	if err != nil {
		g.t.Log(err)
	}
}

// clean fails if the page has complained, or asked another host.
func (g *page) clean() {
	g.t.Helper()
	for _, e := range g.p.Errors() {
		g.t.Error("the page says: ", e)
	}
	for _, r := range g.p.Requests() {
		if !strings.HasPrefix(r, g.base) && !strings.HasPrefix(r, "data:") {
			g.t.Errorf("the page asked %s", r)
		}
	}
}

// TestPage goes through all views of the page and the SQL editor.
func TestPage(t *testing.T) {
	b, err := browser.Start(t, 1280, 900)
	if err != nil {
		lacking(t, "Chromium: "+err.Error())
	}
	s := start(t)
	const tables = `CREATE TABLE g (k INT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'fields.k.min' = '1', 'fields.k.max' = '9');
CREATE TABLE b (k INT, n BIGINT) WITH ('connector' = 'blackhole');
`
	id := s.submit("windows", "SET 'execution.checkpointing.interval' = '200 ms';\n"+tables+
		"INSERT INTO b SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE g, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY k, window_start, window_end;")
	failing := s.submit("failing", "SET 'restart-strategy.type' = 'none';\n"+tables+"INSERT INTO b SELECT k, 1 / (k - k) FROM g;")
	s.await("the failing job to fail", func() bool { return s.state(failing) == "FAILED" })

	base := "http://" + s.address
	p, err := b.Open(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	g := &page{t, p, base}
	g.see("the list of jobs", text("main", "windows")+" && "+text("main", "failing")+" && "+text("main", "RUNNING"))
	g.shot("jobs")

	g.do("[...document.querySelectorAll('main a')].find(a => a.innerText === 'windows').click()")
	g.see("the graph", "document.querySelectorAll('.node').length === 2")
	g.see("live rates", "/[1-9][0-9.]* ?k? rows\\/s/.test(document.querySelector('.graph')?.textContent || '')")
	g.see("a watermark", "/watermark .* behind/.test(document.querySelectorAll('.node')[1].textContent)")
	g.see("the last checkpoint", text("main", "Last checkpoint"))
	g.do("document.querySelectorAll('.node')[1].dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))")
	g.see("its subtasks", text("section[aria-label=subtasks]", "RUNNING"))
	g.shot("job")
	g.to("#/job/" + id + "/checkpoints")
	g.see("checkpoints", "document.querySelectorAll('.plot svg').length === 2 && "+text("main", "COMPLETED"))
	g.shot("checkpoints")
	g.to("#/job/" + id + "/plots")
	g.see("plots", "document.querySelectorAll('.plot svg').length >= 4")
	g.shot("plots")
	g.to("#/job/" + id + "/config")
	g.see("the job's configuration", text("main", "EXACTLY_ONCE")+" || "+text("main", "exactly_once"))
	g.to("#/job/" + failing + "/exceptions")
	g.see("the root of the failure", text("main pre", "by zero"))
	g.shot("exceptions")
	g.to("#/managers")
	g.see("task managers", text("main", "managed memory")+" && "+text("main", "goroutines"))
	g.shot("managers")
	g.to("#/settings")
	g.see("the configuration", text("main h1", "Configuration"))
	g.to("#/logs")
	g.see("the log", text("main h1", "Logs")+" && document.querySelector('.log') !== null")
	g.clean()

	write := func(sql string) {
		t.Helper()
		g.do(fmt.Sprintf("{ const a = document.querySelector('.editor textarea'); a.value = %q; a.dispatchEvent(new Event('input')); }", sql))
	}
	run := "document.querySelector('button.main').click()"
	g.to("#/sql")
	g.see("the editor", "document.querySelector('.editor textarea') !== null")
	write(tables + "SELECT k, COUNT(*) AS n FROM g GROUP BY k;")
	g.do(run)
	g.see("live results", "document.querySelectorAll('main tbody tr').length === 9 && "+text("main", "so far"))
	g.shot("editor")
	g.do("document.querySelector('button.danger').click()")
	g.see("the query to end", "document.querySelector('button.main') !== null")
	write("SELECT 'ä' AS a,\n  nope FROM (VALUES 1) AS t(x);")
	g.do(run)
	g.see("the mistake at its place", text("#sql-errors", "line 2, column 3")+" && document.querySelector('.paint mark')?.innerText === 'nope'")
	g.shot("mistake")
	if errs := g.p.Errors(); len(errs) > 1 { // the browser reports the answer 500 of the one mistake
		t.Errorf("the page says: %q", errs)
	}
	write("CREATE TABLE IF NOT EXISTS x (a INT) WITH ('connector' = 'datagen');\nSELECT a FROM x WHERE a > 1;")
	g.do("[...document.querySelectorAll('button')].find(b => b.innerText === 'Explain').click()")
	g.see("the plan", "[...document.querySelectorAll('main pre.log')].some(p => p.innerText.includes('Optimized'))")
	write("SHOW TA")
	g.do("{ const a = document.querySelector('.editor textarea'); a.focus(); a.setSelectionRange(7, 7); a.dispatchEvent(new KeyboardEvent('keydown', {key: ' ', ctrlKey: true, bubbles: true})); }")
	g.see("completions", text(".choices", "TABLES"))
	g.do("document.querySelector('.editor textarea').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))")
	g.see("the completed word", "document.querySelector('.editor textarea').value === 'SHOW TABLES'")

	// On a phone nothing sticks out, in the dark as well.
	if err := p.Resize(400, 800); err != nil {
		t.Fatal(err)
	}
	g.do("document.querySelector('header button').click()")
	for _, hash := range []string{"#/", "#/job/" + id, "#/job/" + id + "/checkpoints", "#/sql", "#/managers"} {
		g.to(hash)
		g.see("the view "+hash, "document.querySelector('main h1') !== null")
		g.see("no wider than the window: "+hash, "document.documentElement.scrollWidth <= 400")
	}
	g.shot("phone")
	g.see("the other theme", "['dark', 'light'].includes(document.documentElement.dataset.theme) && localStorage.getItem('theme') !== null")
	g.clean()

	// A job is cancelled with its button.
	g.do("window.confirm = () => true; location.hash = '#/job/" + id + "'")
	g.see("the button", "[...document.querySelectorAll('button')].some(b => b.innerText === 'Cancel')")
	g.do("[...document.querySelectorAll('button')].find(b => b.innerText === 'Cancel').click()")
	g.see("the cancelled job", text("main", "CANCELED"))
	if st := s.state(id); st != "CANCELED" {
		t.Errorf("the job is %s", st)
	}
}
