package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// File is a log file that rolls: when it is full, `name` becomes `name.1`,
// `name.1` becomes `name.2`, and so on; the oldest goes.
type File struct {
	dir, name string
	size      int64 // at which it rolls; 0 = never
	files     int   // kept at the most, the newest included
	dropped   atomic.Int64

	mu      sync.Mutex
	f       *os.File
	written int64
}

// OpenFile opens dir/name, appending to what is there.
func OpenFile(dir, name string, size int64, files int) (*File, error) {
	if dir == "" {
		return nil, errors.New("log files need a folder")
	}
	if name == "" || name != filepath.Base(name) || name == ".." || name == "." {
		return nil, fmt.Errorf("%q is not the name of a file", name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f := &File{dir: dir, name: name, size: size, files: max(files, 1)}
	return f, f.open()
}

func (f *File) path(n int) string {
	p := filepath.Join(f.dir, f.name)
	if n > 0 {
		p += "." + strconv.Itoa(n)
	}
	return p
}

func (f *File) open() error {
	h, err := os.OpenFile(f.path(0), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	st, err := h.Stat()
	if err != nil {
		h.Close()
		return err
	}
	f.f, f.written = h, st.Size()
	return nil
}

// Write appends a line, in a file of its own if the newest is full.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil {
		return 0, fs.ErrClosed
	}
	if f.size > 0 && f.written > 0 && f.written+int64(len(p)) > f.size {
		f.roll()
	}
	n, err := f.f.Write(p)
	f.written += int64(n)
	if err != nil {
		f.dropped.Add(1)
	}
	return n, err
}

// roll starts a file. If that cannot be, the full one is written on: a log that
// is too long is better than none.
func (f *File) roll() {
	if f.files == 1 {
		if f.f.Truncate(0) == nil {
			f.written = 0
		}
		return
	}
	_ = os.Remove(f.path(f.files - 1)) // may not be there
	for n := f.files - 2; n >= 0; n-- {
		_ = os.Rename(f.path(n), f.path(n+1)) // likewise
	}
	old := f.f
	if f.open() != nil {
		f.f, f.written = old, 0 // looks again after another file's worth
		return
	}
	old.Close()
}

// Close closes the newest file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}

// Info describes a log file.
type Info struct {
	Name     string
	Size     int64
	Modified time.Time
}

// Name is the name of the newest log file, or of the lines in memory.
func (l *Log) Name() string { return l.name }

// Files lists the log files, the newest first. Without the target `file` it is
// one: the last lines, kept in memory.
func (l *Log) Files() ([]Info, error) {
	if l.file == nil {
		return []Info{{l.name, int64(len(l.recent.bytes())), time.Now()}}, nil
	}
	entries, err := os.ReadDir(l.file.dir)
	if err != nil {
		return nil, err
	}
	var out []Info
	for _, e := range entries {
		if !l.own(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if st, err := e.Info(); err == nil { // else it has just been rolled away
			out = append(out, Info{e.Name(), st.Size(), st.ModTime()})
		}
	}
	sort.Slice(out, func(i, k int) bool { return l.number(out[i].Name) < l.number(out[k].Name) })
	return out, nil
}

// number is 0 for the newest file, n for `name.n`, -1 for what is not ours.
func (l *Log) number(file string) int {
	rest, ok := strings.CutPrefix(file, l.name)
	if !ok {
		return -1
	}
	if rest == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "."))
	if err != nil || n <= 0 || rest != "."+strconv.Itoa(n) {
		return -1
	}
	return n
}

func (l *Log) own(file string) bool { return l.number(file) >= 0 }

// Read opens a file that Files lists. Any other name, in whatever form, gives
// fs.ErrNotExist.
func (l *Log) Read(name string) (io.ReadCloser, int64, error) {
	if !l.own(name) {
		return nil, 0, fs.ErrNotExist
	}
	if l.file == nil {
		if name != l.name {
			return nil, 0, fs.ErrNotExist
		}
		b := l.recent.bytes()
		return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	}
	root, err := os.OpenRoot(l.file.dir) // a link that leads out is refused
	if err != nil {
		return nil, 0, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}
