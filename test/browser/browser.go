// Package browser drives a real Chromium in tests: pages are opened, looked at
// and photographed, and what their consoles say is kept.
//
// It speaks the DevTools protocol over two pipes, so that it needs no port and
// nothing but the browser. Start gives an error that is ErrNoBrowser where there
// is none. The browser ends with the test.
package browser

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// ErrNoBrowser says that there is no Chromium on this machine. FLOTT_CHROMIUM
// names one that is not in the path.
var ErrNoBrowser = errors.New("no Chromium was found")

// timeout bounds every wait for the browser.
const timeout = 60 * time.Second

// Browser is a running Chromium.
type Browser struct {
	process *exec.Cmd
	to      *os.File

	mu      sync.Mutex
	next    int
	waiting map[int]chan message
	pages   map[string]*Page // by session
	gone    chan struct{}
}

// message is one of the protocol: a call, its answer, or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Start starts a browser with windows of a size.
func Start(t testing.TB, width, height int) (*Browser, error) {
	t.Helper()
	path := os.Getenv("FLOTT_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); path == "" && err == nil {
			path = p
		}
	}
	if path == "" {
		return nil, ErrNoBrowser
	}
	in, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", fmt.Sprintf("--window-size=%d,%d", width, height),
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	c.ExtraFiles = []*os.File{in, out} // 3 and 4 in the browser
	if err := c.Start(); err != nil {
		return nil, err
	}
	in.Close()
	out.Close()
	b := &Browser{process: c, to: to, waiting: map[int]chan message{}, pages: map[string]*Page{}, gone: make(chan struct{})}
	go b.read(from)
	t.Cleanup(b.stop)
	return b, nil
}

// stop asks the browser to end, so that it takes its processes along and leaves
// its folder alone, and kills it if it does not.
func (b *Browser) stop() {
	_, _ = b.call("", "Browser.close", nil)
	kill := time.AfterFunc(10*time.Second, func() { _ = b.process.Process.Kill() })
	defer kill.Stop()
	_ = b.process.Wait()
	b.to.Close()
	<-b.gone
}

// read takes in what the browser says until it has gone.
func (b *Browser) read(from *os.File) {
	defer close(b.gone)
	defer from.Close()
	s := bufio.NewReader(from)
	for {
		text, err := s.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		if w := b.waiting[m.ID]; m.ID != 0 && w != nil {
			delete(b.waiting, m.ID)
			w <- m
		} else if p := b.pages[m.Session]; p != nil {
			p.event(m)
		}
		b.mu.Unlock()
	}
}

// call makes a call and waits for its answer.
func (b *Browser) call(session, method string, params any) (json.RawMessage, error) {
	p, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	if params == nil {
		p = nil
	}
	answer := make(chan message, 1)
	b.mu.Lock()
	b.next++
	m := message{ID: b.next, Session: session, Method: method, Params: p}
	b.waiting[m.ID] = answer
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.to.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case a := <-answer:
		if a.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, a.Error.Message)
		}
		return a.Result, nil
	case <-b.gone:
		return nil, fmt.Errorf("%s: the browser has gone", method)
	case <-time.After(timeout):
		return nil, fmt.Errorf("%s: the browser does not answer", method)
	}
}

// Page is a tab. What its console has said of errors is in Errors.
type Page struct {
	b       *Browser
	session string
	errors  []string // guarded by b.mu
	calls   []string
}

// Open opens a tab at an address.
func (b *Browser) Open(address string) (*Page, error) {
	var target struct {
		ID string `json:"targetId"`
	}
	if err := b.into("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var attached struct {
		Session string `json:"sessionId"`
	}
	if err := b.into("", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	p := &Page{b: b, session: attached.Session}
	b.mu.Lock()
	b.pages[p.session] = p
	b.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		if _, err := p.call(domain+".enable", nil); err != nil {
			return nil, err
		}
	}
	return p, p.Go(address)
}

func (b *Browser) into(session, method string, params, into any) error {
	r, err := b.call(session, method, params)
	if err != nil {
		return err
	}
	return json.Unmarshal(r, into)
}

func (p *Page) call(method string, params any) (json.RawMessage, error) {
	return p.b.call(p.session, method, params)
}

// Go leads the tab to another address. It does not wait for the page.
func (p *Page) Go(address string) error {
	var r struct {
		Error string `json:"errorText"`
	}
	if err := p.b.into(p.session, "Page.navigate", map[string]any{"url": address}, &r); err != nil {
		return err
	}
	if r.Error != "" {
		return fmt.Errorf("%s: %s", address, r.Error)
	}
	return nil
}

// event notes what went wrong in the page, and what it asked for; b.mu is held.
func (p *Page) event(m message) {
	var e struct {
		Type    string
		Args    []struct{ Value, Description any }
		Details struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
		Entry   struct{ Level, Text, URL string }
		Request struct{ URL string }
	}
	if json.Unmarshal(m.Params, &e) != nil {
		return
	}
	switch {
	case m.Method == "Runtime.consoleAPICalled" && (e.Type == "error" || e.Type == "assert"):
		p.errors = append(p.errors, fmt.Sprint("console: ", e.Args))
	case m.Method == "Runtime.exceptionThrown":
		p.errors = append(p.errors, "exception: "+e.Details.Text+" "+e.Details.Exception.Description)
	case m.Method == "Log.entryAdded" && e.Entry.Level == "error":
		p.errors = append(p.errors, "log: "+e.Entry.Text+" "+e.Entry.URL)
	case m.Method == "Network.requestWillBeSent" && e.Request.URL != "":
		p.calls = append(p.calls, e.Request.URL)
	}
}

// Errors returns what went wrong in the page since the call before.
func (p *Page) Errors() []string {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	e := p.errors
	p.errors = nil
	return e
}

// Requests returns the addresses that the page asked for since the call before.
func (p *Page) Requests() []string {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	c := p.calls
	p.calls = nil
	return c
}

// Eval evaluates an expression of JavaScript in the page and decodes its value;
// a promise is waited for.
func (p *Page) Eval(expression string, into any) error {
	var r struct {
		Result struct {
			Value json.RawMessage
		}
		Details *struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	if err := p.b.into(p.session, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r); err != nil {
		return err
	}
	if r.Details != nil {
		return fmt.Errorf("%s: %s %s", expression, r.Details.Text, r.Details.Exception.Description)
	}
	if into == nil || len(r.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(r.Result.Value, into)
}

// Await waits until an expression of JavaScript is true.
func (p *Page) Await(ctx context.Context, expression string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ok := false
		// While a page is being left there is nothing to evaluate in.
		if err := p.Eval("!!("+expression+")", &ok); err == nil && ok {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s is not true: %w", expression, ctx.Err())
		}
	}
}

// Text is what the page shows as text.
func (p *Page) Text() (text string, err error) {
	err = p.Eval("document.body.innerText", &text)
	return strings.TrimSpace(text), err
}

// Click presses the mouse at a place.
func (p *Page) Click(x, y int) error {
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		if _, err := p.call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}); err != nil {
			return err
		}
	}
	return nil
}

// Resize gives the tab another size, in pixels.
func (p *Page) Resize(width, height int) error {
	_, err := p.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
	return err
}

// Shot returns a picture of what the tab shows, as PNG.
func (p *Page) Shot() ([]byte, error) {
	var r struct{ Data string }
	if err := p.b.into(p.session, "Page.captureScreenshot", map[string]any{"format": "png"}, &r); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(r.Data)
}
