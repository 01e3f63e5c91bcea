package filesystem

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

type sink struct {
	table   connector.Table
	root    string
	changes connector.Changelog
	success string // name of the success file, "" = none
}

func newSink(t connector.Table) (connector.Sink, error) {
	dir, err := root(t)
	if err != nil {
		return nil, err
	}
	f, _, err := format.Scoped(t.Options, "format")
	if err != nil {
		return nil, err
	}
	if f.NewEncoder == nil {
		return nil, fail("not-supported", "", "format %q cannot be written", f.Name)
	}
	s := &sink{table: t, root: dir}
	if f.Changelog {
		s.changes = connector.All
	}
	switch p := t.Options.Text(commitPolicy); p {
	case "":
	case "success-file":
		s.success = t.Options.Text(successFile)
	default:
		return nil, fail("not-supported", "success-file is the policy that works", "partition commit policy %q is not supported yet", p)
	}
	return s, nil
}

func (s *sink) Changelog() connector.Changelog { return s.changes }
func (s *sink) Guarantee() string              { return "exactly-once" }

// progress is a file that goes on after a barrier.
type progress struct {
	Folder  string    `json:"folder"` // relative to the table's root
	Name    string    `json:"name"`   // final name
	Length  int64     `json:"length"`
	Created time.Time `json:"created"`
}

func (p progress) hidden(root string) string {
	return filepath.Join(root, p.Folder, "."+p.Name+".inprogress")
}

type writerState struct {
	Next  int        `json:"next"` // number of the next file
	Files []progress `json:"files"`
}

// pending is a committable: a closed file to be renamed.
type pending struct {
	Folder string `json:"folder"`
	Name   string `json:"name"`
	Job    string `json:"job"`
}

type part struct {
	progress
	file    *os.File
	out     *bufio.Writer
	touched time.Time
}

type writer struct {
	sink     *sink
	encoder  format.Encoder
	around   format.FileEncoder
	body     *vector.Batch // columns of the content
	content  []int
	keys     []int // partition columns
	job      string
	subtask  int
	next     int
	open     map[string]*part
	closed   []pending
	ended    bool
	now      func() time.Time
	zone     *types.Zone
	buf      []byte
	failed   error
	rollSize int64
	rollAge  time.Duration
	rollIdle time.Duration
	rowsOut  connector.Counter
}

func (s *sink) Writer(env connector.Env, columns []connector.Column, restored [][]byte) (connector.Writer, error) {
	o := s.table.Options
	w := &writer{sink: s, subtask: env.Subtask, open: map[string]*part{}, now: env.Now, zone: types.UTC, job: shortID(env.JobID),
		rollSize: o.Bytes(rollSize), rollAge: o.Duration(rollInterval), rollIdle: o.Duration(rollInactivity), body: &vector.Batch{}}
	if env.Zone != nil {
		w.zone = types.ZoneOf(env.Zone)
	}
	if w.now == nil {
		w.now = time.Now
	}
	keys := map[string]bool{}
	for _, k := range s.table.PartitionKeys {
		keys[k] = true
		for i, c := range columns {
			if c.Name == k {
				w.keys = append(w.keys, i)
			}
		}
	}
	var content []format.Column
	for i, c := range columns {
		if !keys[c.Name] {
			content = append(content, format.Column{Name: c.Name, Type: c.Type})
			w.content = append(w.content, i)
		}
	}
	e, err := format.NewEncoder(o, "format", content, format.Env{Zone: env.Zone, Log: env.Log, All: content})
	if err != nil {
		return nil, err
	}
	w.encoder = e
	w.around, _ = e.(format.FileEncoder)
	if env.Metrics != nil {
		w.rowsOut = env.Metrics.Counter("numRecordsOut")
	}
	if err := os.MkdirAll(s.root, 0o755); err != nil {
		return nil, fmt.Errorf("write table %s: %w", s.table.Path, err)
	}
	for i, state := range restored {
		if err := w.restore(state, i%max(env.Parallelism, 1) == env.Subtask); err != nil {
			return nil, fmt.Errorf("write table %s: %w", s.table.Path, err)
		}
	}
	return w, nil
}

func shortID(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	if id == "" {
		return "job"
	}
	return id
}

// restore takes over the files of a former writer, cut back to their length at
// the checkpoint. All writers learn the counters, so that no name comes twice.
func (w *writer) restore(state []byte, mine bool) error {
	var s writerState
	if err := json.Unmarshal(state, &s); err != nil {
		return fmt.Errorf("restore writer: %w", err)
	}
	w.next = max(w.next, s.Next)
	if !mine {
		return nil
	}
	for _, p := range s.Files {
		path := p.hidden(w.sink.root)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("a file of the checkpoint is gone, with %d bytes of rows: %w", p.Length, err)
		}
		if size, err := f.Seek(0, 2); err != nil || size < p.Length {
			f.Close()
			return fmt.Errorf("%s is shorter (%d bytes) than at the checkpoint (%d bytes): %w", path, size, p.Length, errors.Join(err, fs.ErrInvalid))
		}
		if err := errors.Join(f.Truncate(p.Length), seek(f, p.Length)); err != nil {
			f.Close()
			return err
		}
		q := &part{progress: p, file: f, out: bufio.NewWriterSize(f, 64<<10), touched: w.now()}
		if w.open[p.Folder] != nil { // two former writers had the same folder: finish this one
			if err := w.close(q); err != nil {
				return err
			}
			continue
		}
		w.open[p.Folder] = q
	}
	return nil
}

func seek(f *os.File, to int64) error { _, err := f.Seek(to, 0); return err }

func (w *writer) Write(_ context.Context, b *vector.Batch) error {
	w.body.Cols = w.body.Cols[:0]
	for _, i := range w.content {
		w.body.Cols = append(w.body.Cols, b.Cols[i])
	}
	w.body.Kinds = b.Kinds
	w.body.SetLen(b.Len())
	if err := w.encoder.Begin(w.body); err != nil {
		return err
	}
	for i := range b.Len() {
		out, skip, err := w.encoder.Encode(w.buf[:0], i)
		if err != nil {
			return fmt.Errorf("write table %s: %w", w.sink.table.Path, err)
		}
		w.buf = out
		if skip {
			continue
		}
		p, err := w.part(w.folder(b, i))
		if err != nil {
			return fmt.Errorf("write table %s: %w", w.sink.table.Path, err)
		}
		sep := newline
		if w.around != nil {
			sep = w.around.Separator()
		}
		w.buf = append(w.buf, sep...)
		if _, err := p.out.Write(w.buf); err != nil {
			return fmt.Errorf("write table %s: %w", w.sink.table.Path, err)
		}
		p.Length += int64(len(w.buf))
		if p.Length >= w.rollSize {
			if err := w.close(p); err != nil {
				return err
			}
		}
	}
	if w.rowsOut != nil {
		w.rowsOut.Add(int64(b.Len()))
	}
	return nil
}

var newline = []byte{'\n'}

// folder is the partition folder of a row, "" for a table without partitions.
func (w *writer) folder(b *vector.Batch, i int) string {
	var parts []string
	for n, k := range w.keys {
		value := w.sink.table.Options.Text(defaultName)
		if !b.Cols[k].IsNull(i) {
			if text := string(vector.AppendText(nil, b.Cols[k], i, w.zone)); text != "" {
				value = escape(text)
			}
		}
		parts = append(parts, w.sink.table.PartitionKeys[n]+"="+value)
	}
	return filepath.Join(parts...)
}

// escape writes a value as one name of a folder.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || strings.IndexByte("\"#%'*/:=?\\{[]^", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	if s := b.String(); s != "." && s != ".." {
		return s
	}
	return strings.ReplaceAll(url.PathEscape(text), ".", "%2E")
}

// part returns the open file of a folder.
func (w *writer) part(folder string) (*part, error) {
	if p := w.open[folder]; p != nil {
		p.touched = w.now()
		return p, nil
	}
	p := &part{progress: progress{Folder: folder, Name: fmt.Sprintf("part-%s-%d-%d", w.job, w.subtask, w.next), Created: w.now()}, touched: w.now()}
	w.next++
	if err := os.MkdirAll(filepath.Join(w.sink.root, folder), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(p.hidden(w.sink.root))
	if err != nil {
		return nil, err
	}
	p.file, p.out = f, bufio.NewWriterSize(f, 64<<10)
	if w.around != nil {
		h := w.around.Header()
		if _, err := p.out.Write(h); err != nil {
			return nil, err
		}
		p.Length = int64(len(h))
	}
	w.open[folder] = p
	return p, nil
}

// close ends a file; it becomes visible when the next checkpoint is complete.
func (w *writer) close(p *part) error {
	if err := errors.Join(p.out.Flush(), p.file.Sync(), p.file.Close()); err != nil {
		return fmt.Errorf("write table %s: %w", w.sink.table.Path, err)
	}
	if w.open[p.Folder] == p {
		delete(w.open, p.Folder)
	}
	w.closed = append(w.closed, pending{p.Folder, p.Name, w.job})
	return nil
}

// End says that all files are to be closed at the next Prepare.
func (w *writer) End() error { w.ended = true; return nil }

func (w *writer) Prepare(_ context.Context, checkpoint int64) ([]byte, []connector.Committable, error) {
	now := w.now()
	state := writerState{}
	for _, p := range w.open {
		if w.ended || checkpoint == 0 || now.Sub(p.Created) >= w.rollAge || now.Sub(p.touched) >= w.rollIdle {
			if err := w.close(p); err != nil {
				return nil, nil, err
			}
			continue
		}
		if err := errors.Join(p.out.Flush(), p.file.Sync()); err != nil {
			return nil, nil, fmt.Errorf("write table %s: %w", w.sink.table.Path, err)
		}
		state.Files = append(state.Files, p.progress)
	}
	state.Next = w.next
	b, err := json.Marshal(state)
	if err != nil {
		return nil, nil, err
	}
	var commit []connector.Committable
	for _, c := range w.closed {
		j, err := json.Marshal(c)
		if err != nil {
			return nil, nil, err
		}
		commit = append(commit, j)
	}
	w.closed = nil
	return b, commit, nil
}

func (w *writer) Watermark(types.Instant) {}
func (w *writer) Err() error              { return nil }

func (w *writer) Close() error {
	for _, p := range w.open {
		p.file.Close()
	}
	return nil
}

type committer struct {
	sink *sink
	env  connector.Env
}

func (s *sink) Committer(env connector.Env) (connector.Committer, error) {
	return &committer{s, env}, nil
}

// Commit renames the files. A file that already has its final name was
// committed before the crash.
func (c *committer) Commit(_ context.Context, all []connector.Committable, _ bool) error {
	folders := map[string]bool{}
	for i, raw := range all {
		var p pending
		if err := json.Unmarshal(raw, &p); err != nil {
			return fmt.Errorf("commit to table %s: %w", c.sink.table.Path, err)
		}
		if i == 1 {
			if err := c.env.Failpoint("filesystem-commit-partial"); err != nil {
				return err
			}
		}
		if folder := filepath.Join(c.sink.root, p.Folder); c.sink.table.Overwrite && !folders[folder] {
			if err := removeOthers(folder, "part-"+p.Job+"-"); err != nil {
				return fmt.Errorf("overwrite table %s: %w", c.sink.table.Path, err)
			}
		}
		from, to := progress{Folder: p.Folder, Name: p.Name}.hidden(c.sink.root), filepath.Join(c.sink.root, p.Folder, p.Name)
		if err := os.Rename(from, to); err != nil {
			if _, e := os.Stat(to); errors.Is(err, fs.ErrNotExist) && e == nil {
				continue
			}
			return fmt.Errorf("commit to table %s: the rows of %s are lost: %w", c.sink.table.Path, p.Name, err)
		}
		folders[filepath.Join(c.sink.root, p.Folder)] = true
	}
	for f := range folders {
		if c.sink.success != "" {
			if err := os.WriteFile(filepath.Join(f, c.sink.success), nil, 0o644); err != nil {
				return fmt.Errorf("commit to table %s: %w", c.sink.table.Path, err)
			}
		}
		if err := syncFolder(f); err != nil {
			return fmt.Errorf("commit to table %s: %w", c.sink.table.Path, err)
		}
	}
	return nil
}

// removeOthers removes the visible files of a folder that another job wrote.
func removeOthers(folder, own string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || hidden(e.Name()) || strings.HasPrefix(e.Name(), own) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// syncFolder makes renames durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (c *committer) Close() error { return nil }
