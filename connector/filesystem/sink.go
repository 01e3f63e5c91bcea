package filesystem

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
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
	Hidden  string    `json:"hidden"` // name until the commit
	Length  int64     `json:"length"`
	Created time.Time `json:"created"`
}

func (p progress) hidden(root string) string { return filepath.Join(root, p.Folder, p.Hidden) }

type writerState struct {
	Job   string     `json:"job"`  // J of the names, kept over restarts
	Next  int        `json:"next"` // number of the next file
	Files []progress `json:"files"`
}

// pending is a committable: a closed file to be renamed. Without a name it only
// makes an overwritten table empty.
type pending struct {
	Folder string `json:"folder"`
	Name   string `json:"name"`
	Hidden string `json:"hidden"`
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
	keys     []int  // partition columns
	job      string // J of the names: of the run and the operator
	owner    string // in hidden names: of the job and the operator, over all runs
	claim    *claim // of a job without checkpoints
	subtask  int
	next     int
	open     map[string]*part
	created  map[string]bool // folders with files since the last barrier
	closed   []pending
	handed   []string // hidden paths of committables, with a claim
	ended    bool
	now      func() time.Time
	zone     *types.Zone
	buf      []byte
	rollSize int64
	rollAge  time.Duration
	rollIdle time.Duration
	rowsOut  connector.Counter
}

func (s *sink) Writer(env connector.Env, columns []connector.Column, restored [][]byte) (connector.Writer, error) {
	o := s.table.Options
	w := &writer{sink: s, subtask: env.Subtask, open: map[string]*part{}, created: map[string]bool{}, now: env.Now, zone: types.UTC,
		job: digest(runLength, env.JobID) + digest(operatorLength, env.Operator), owner: digest(ownerLength, cmp.Or(env.Owner, env.JobID), env.Operator),
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
		if err := w.restore(i, state); err != nil {
			return nil, fmt.Errorf("write table %s: %w", s.table.Path, err)
		}
	}
	err = errors.Join(removeUnclaimed(s.root), w.removeOrphans(max(env.Parallelism, 1)))
	if err == nil && env.Owner == "" {
		w.claim, err = newClaim(s.root, fmt.Sprintf(".part-%s-%d-", w.job, w.subtask))
	}
	if err != nil {
		return nil, fmt.Errorf("write table %s: %w", s.table.Path, err)
	}
	return w, nil
}

// The parts of names.
const (
	inProgress     = ".inprogress"
	runLength      = 12
	operatorLength = 6
	ownerLength    = 12
)

// digest is what of a name stands for some texts.
func digest(n int, texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:])[:n]
}

// restore takes over the files of a former writer, cut back to their length at
// the checkpoint.
func (w *writer) restore(i int, state []byte) error {
	var s writerState
	if err := json.Unmarshal(state, &s); err != nil {
		return fmt.Errorf("restore writer: %w", err)
	}
	if i == 0 && s.Job != "" {
		w.job = s.Job
	}
	w.next = max(w.next, s.Next)
	for _, p := range s.Files {
		f, err := w.reopen(p)
		if err != nil {
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

// reopen opens a file of the checkpoint for the bytes to come. It may be
// visible already, if a later checkpoint than the restored one was complete.
func (w *writer) reopen(p progress) (*os.File, error) {
	path := p.hidden(w.sink.root)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) && os.Rename(filepath.Join(w.sink.root, p.Folder, p.Name), path) == nil {
		f, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("a file of the checkpoint is gone, with %d bytes of rows: %w", p.Length, err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size < p.Length {
		err = fmt.Errorf("%s has %d bytes, at the checkpoint it had %d", path, size, p.Length)
	}
	if err == nil {
		err = errors.Join(f.Truncate(p.Length), seek(f, p.Length))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// removeOrphans removes the hidden files of this sink that no checkpoint knows: those
// of runs that were killed before their first one, and those that were begun after the
// restored one, whose rows come again. Other jobs may write to the same folder. The
// files of former subtasks are dealt out as their states are.
func (w *writer) removeOrphans(parallelism int) error {
	known := map[string]bool{}
	for _, p := range w.open {
		known[p.Hidden] = true
	}
	for _, p := range w.closed {
		known[p.Hidden] = true
	}
	return removeHidden(w.sink.root, func(name string) bool {
		own, ok := strings.CutSuffix(name, "+"+w.owner+inProgress)
		parts := strings.Split(own, "-") // .part, J, subtask, number
		if !ok || known[name] || len(parts) != 4 {
			return false
		}
		subtask, err := strconv.Atoi(parts[2])
		return err == nil && subtask%parallelism == w.subtask
	})
}

func seek(f *os.File, to int64) error { _, err := f.Seek(to, io.SeekStart); return err }

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
	name := fmt.Sprintf("part-%s-%d-%d", w.job, w.subtask, w.next)
	p := &part{progress: progress{Folder: folder, Name: name, Hidden: "." + name + "+" + w.owner + inProgress, Created: w.now()}, touched: w.now()}
	w.next++
	if err := os.MkdirAll(filepath.Join(w.sink.root, folder), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(p.hidden(w.sink.root))
	if err != nil {
		return nil, err
	}
	w.created[folder] = true
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
	w.closed = append(w.closed, pending{p.Folder, p.Name, p.Hidden, w.job})
	return nil
}

// End says that all files are to be closed at the next Prepare.
func (w *writer) End() error { w.ended = true; return nil }

func (w *writer) Prepare(_ context.Context, checkpoint int64) ([]byte, []connector.Committable, error) {
	now := w.now()
	state := writerState{Job: w.job}
	for _, folder := range slices.Sorted(maps.Keys(w.open)) {
		p := w.open[folder]
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
	for folder := range w.created {
		if err := w.sink.syncFolders(folder); err != nil {
			return nil, nil, fmt.Errorf("write table %s: %w", w.sink.table.Path, err)
		}
	}
	clear(w.created)
	// Without rows no file replaces those that were there before.
	if w.ended && w.subtask == 0 && w.sink.table.Overwrite && len(w.keys) == 0 {
		w.closed = append(w.closed, pending{Job: w.job})
	}
	state.Next = w.next
	b, err := json.Marshal(state)
	if err != nil {
		return nil, nil, err
	}
	var commit []connector.Committable
	for _, c := range w.closed {
		if w.claim != nil && c.Name != "" {
			w.handed = append(w.handed, filepath.Join(w.sink.root, c.Folder, c.Hidden))
		}
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

func (w *writer) Close() (err error) {
	for _, p := range w.open {
		p.file.Close() // what is not flushed belongs to no checkpoint
		if w.claim != nil {
			err = errors.Join(err, ignoreGone(os.Remove(p.hidden(w.sink.root))))
		}
	}
	if w.claim != nil {
		left := len(w.closed) > 0 || slices.ContainsFunc(w.handed, func(path string) bool {
			_, err := os.Lstat(path)
			return err == nil
		})
		err = errors.Join(err, w.claim.release(left))
	}
	return err
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
		if c.sink.table.Overwrite && !folders[p.Folder] {
			if err := removeOthers(filepath.Join(c.sink.root, p.Folder), "part-"+p.Job[:min(runLength, len(p.Job))]); err != nil {
				return fmt.Errorf("overwrite table %s: %w", c.sink.table.Path, err)
			}
		}
		folders[p.Folder] = true
		if p.Name == "" {
			continue
		}
		from, to := filepath.Join(c.sink.root, p.Folder, p.Hidden), filepath.Join(c.sink.root, p.Folder, p.Name)
		if err := os.Rename(from, to); err != nil {
			if _, e := os.Stat(to); errors.Is(err, fs.ErrNotExist) && e == nil {
				continue
			}
			return fmt.Errorf("commit to table %s: the rows of %s are lost: %w", c.sink.table.Path, p.Name, err)
		}
	}
	for f := range folders {
		if c.sink.success != "" {
			if err := os.WriteFile(filepath.Join(c.sink.root, f, c.sink.success), nil, 0o644); err != nil {
				return fmt.Errorf("commit to table %s: %w", c.sink.table.Path, err)
			}
		}
		if err := c.sink.syncFolders(f); err != nil {
			return fmt.Errorf("commit to table %s: %w", c.sink.table.Path, err)
		}
	}
	return nil
}

// removeOthers removes the visible files of a folder that another run wrote.
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

// syncFolders makes the names in a folder durable, and the folder's own.
func (s *sink) syncFolders(folder string) error {
	if runtime.GOOS == "windows" { // where folders cannot be synced
		return nil
	}
	for path := filepath.Join(s.root, folder); ; path = filepath.Dir(path) {
		d, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
		if path == s.root {
			return nil
		}
	}
}

func (c *committer) Close() error { return nil }
