package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/option"
)

const (
	bulkBytes    = 1 << 20          // of one request at the most, but for a single line
	bulkTimeout  = 10 * time.Second // of one request
	closeTimeout = 2 * time.Second
	complainEach = time.Minute
)

// search sends lines as documents to Elasticsearch or OpenSearch, in bulk.
//
//	Write ──▶ queue (bounded; the oldest goes) ──▶ run: POST /_bulk, again until it is taken
type search struct {
	url, user, password, key string
	action                   []byte // the line before each document
	interval                 time.Duration
	client                   *http.Client
	log                      *slog.Logger // the other targets
	dropped                  atomic.Int64

	mu    sync.Mutex
	queue [][]byte // queue[head:] waits
	head  int
	size  int // bytes that wait
	limit int
	ready chan struct{}

	stop context.CancelFunc
	done chan struct{}
}

func openSearch(s option.Set, log *slog.Logger) (*search, error) {
	u, err := url.Parse(s.Text(config.LogSearchURL))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not a URL such as http://127.0.0.1:9200", Text(s.Text(config.LogSearchURL)))
	}
	w := &search{user: s.Text(config.LogSearchUser), password: s.Text(config.LogSearchPassword), key: s.Text(config.LogSearchKey),
		interval: max(s.Duration(config.LogSearchInterval), 10*time.Millisecond), limit: int(s.Bytes(config.LogSearchBuffer)),
		log: log, ready: make(chan struct{}, 1), done: make(chan struct{})}
	if p, ok := u.User.Password(); ok && w.user == "" {
		w.user, w.password = u.User.Username(), p
	}
	u.User = nil
	w.url = strings.TrimSuffix(u.String(), "/") + "/_bulk"
	w.action, err = json.Marshal(map[string]any{"create": map[string]string{"_index": s.Text(config.LogSearchIndex)}})
	if err != nil {
		return nil, err
	}
	w.client = &http.Client{Timeout: bulkTimeout, Transport: &http.Transport{MaxConnsPerHost: 1, Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute}}
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go w.run(ctx)
	return w, nil
}

// Write queues one document. It never waits.
func (w *search) Write(p []byte) (int, error) {
	doc := append([]byte(nil), bytes.TrimSuffix(p, []byte("\n"))...)
	w.mu.Lock()
	w.queue = append(w.queue, doc)
	w.size += len(doc)
	for w.size > w.limit && len(w.queue) > w.head+1 {
		w.drop(1)
	}
	full := w.size >= bulkBytes
	w.mu.Unlock()
	if full {
		select {
		case w.ready <- struct{}{}:
		default:
		}
	}
	return len(p), nil
}

// drop forgets the n oldest documents; w.mu is held.
func (w *search) drop(n int) {
	w.dropped.Add(int64(n))
	w.forget(n)
}

func (w *search) forget(n int) {
	for i := range n {
		w.size -= len(w.queue[w.head+i])
		w.queue[w.head+i] = nil
	}
	if w.head += n; w.head > len(w.queue)/2 {
		rest := copy(w.queue, w.queue[w.head:])
		clear(w.queue[rest:])
		w.queue, w.head = w.queue[:rest], 0
	}
}

func (w *search) run(ctx context.Context) {
	defer close(w.done)
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	var complained time.Time
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.Background(), closeTimeout)
			if _, err := w.flush(last); err != nil {
				w.mu.Lock()
				w.drop(len(w.queue) - w.head)
				w.mu.Unlock()
			}
			cancel()
			w.client.CloseIdleConnections()
			return
		case <-tick.C:
		case <-w.ready:
		}
		if _, err := w.flush(ctx); err != nil && ctx.Err() == nil && time.Since(complained) >= complainEach {
			complained = time.Now()
			w.log.Warn("log lines are not taken by the search server; they wait in memory, and the oldest are dropped when it is full",
				"error", err, "dropped", w.dropped.Load())
		}
	}
}

// flush sends what is queued, one request after the other.
func (w *search) flush(ctx context.Context) (sent int, err error) {
	for {
		w.mu.Lock()
		var body bytes.Buffer
		n := 0
		for _, d := range w.queue[w.head:] {
			if n > 0 && body.Len()+len(d) > bulkBytes {
				break
			}
			body.Write(w.action)
			body.WriteByte('\n')
			body.Write(d)
			body.WriteByte('\n')
			n++
		}
		dropped := w.dropped.Load()
		w.mu.Unlock()
		if n == 0 {
			return sent, nil
		}
		refused, err := w.post(ctx, &body)
		if err != nil {
			return sent, err
		}
		w.mu.Lock()
		// What was dropped in the meantime were the first of those just sent.
		gone := min(int(w.dropped.Load()-dropped), n)
		w.dropped.Add(int64(refused - gone))
		w.forget(n - gone)
		w.mu.Unlock()
		sent += n - refused
	}
}

// post sends a request and answers how many of its documents were refused for good.
func (w *search) post(ctx context.Context, body io.Reader) (refused int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	switch {
	case w.key != "":
		r.Header.Set("Authorization", "ApiKey "+w.key)
	case w.user != "":
		r.SetBasicAuth(w.user, w.password)
	}
	a, err := w.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	var answer struct {
		Errors bool `json:"errors"`
		Items  []map[string]struct {
			Status int             `json:"status"`
			Error  json.RawMessage `json:"error"`
		} `json:"items"`
	}
	b, err := io.ReadAll(io.LimitReader(a.Body, 8<<20))
	if a.StatusCode/100 != 2 {
		return 0, fmt.Errorf("%s: %.300s", a.Status, b)
	}
	if err == nil {
		err = json.Unmarshal(b, &answer)
	}
	if err != nil {
		return 0, fmt.Errorf("the answer is no bulk response: %w", err)
	}
	if !answer.Errors {
		return 0, nil
	}
	var why json.RawMessage
	busy := 0
	for _, i := range answer.Items {
		for _, s := range i {
			switch {
			case s.Status == http.StatusTooManyRequests:
				busy++
			case s.Status/100 != 2:
				refused++
				why = s.Error
			}
		}
	}
	if busy == len(answer.Items) {
		return 0, errors.New("the server is too busy (429)")
	}
	// Some were taken: sending all again would store those twice.
	refused += busy
	w.log.Warn("log lines were refused by the search server", "lines", refused, "reason", string(why))
	return refused, nil
}

// Close sends what waits and ends the goroutine.
func (w *search) Close() {
	w.stop()
	<-w.done
}
