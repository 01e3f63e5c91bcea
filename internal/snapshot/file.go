package snapshot

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"slices"
)

const (
	fileMagic = "flotts1\n"
	footer    = 8 + 4 + 4 + len(fileMagic)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// File describes a state file.
type File struct {
	Name      string `json:"name"` // relative to the checkpoint's folder
	SizeBytes int64  `json:"sizeBytes"`
	CRC       uint32 `json:"crc"` // CRC-32C of the whole file
	// Subtask, Parallelism and MaxParallelism are those of the task that wrote it.
	Subtask        int `json:"subtask"`
	Parallelism    int `json:"parallelism"`
	MaxParallelism int `json:"maxParallelism"`
	// Operators are the IDs of the operators that have state in it.
	Operators []string `json:"operators"`
}

// Kind is the kind of a section.
type Kind string

const (
	Operator Kind = "operator" // what Snapshotter.Snapshot returned
	Keyed    Kind = "keyed"    // the keyed backend
)

// Section is a piece of a state file.
type Section struct {
	Operator string `json:"operator"`
	Kind     Kind   `json:"kind"`
	Offset   int64  `json:"at"`
	Size     int64  `json:"size"`
	CRC      uint32 `json:"crc"`
}

// Writer writes a state file. It is used by one goroutine.
type Writer struct {
	f        *os.File
	out      *bufio.Writer
	sum      hash.Hash32 // of the whole file
	size     int64
	sections []Section
	part     hash.Hash32 // of the open section
	err      error
}

// Create makes the state file path.
func Create(path string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	w := &Writer{f: f, sum: crc32.New(castagnoli), part: crc32.New(castagnoli)}
	w.out = bufio.NewWriterSize(f, 64<<10)
	w.put([]byte(fileMagic))
	return w, w.err
}

// Section begins a section; what is written until the next one belongs to it.
func (w *Writer) Section(operator string, kind Kind) {
	w.endSection()
	w.sections = append(w.sections, Section{Operator: operator, Kind: kind, Offset: w.size})
	w.part.Reset()
}

func (w *Writer) endSection() {
	if n := len(w.sections); n > 0 && w.sections[n-1].Size == 0 {
		s := &w.sections[n-1]
		s.Size, s.CRC = w.size-s.Offset, w.part.Sum32()
	}
}

// Write adds to the open section.
func (w *Writer) Write(p []byte) (int, error) {
	w.part.Write(p)
	w.put(p)
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

func (w *Writer) put(p []byte) {
	if w.err == nil {
		w.sum.Write(p)
		_, w.err = w.out.Write(p)
		w.size += int64(len(p))
	}
}

// Close ends and syncs the file and describes it: size, checksum, operators.
func (w *Writer) Close() (File, error) {
	w.endSection()
	index, err := json.Marshal(w.sections)
	if err != nil {
		w.err = err
	}
	foot := binary.LittleEndian.AppendUint64(nil, uint64(w.size))
	foot = binary.LittleEndian.AppendUint32(foot, uint32(len(index)))
	foot = binary.LittleEndian.AppendUint32(foot, crc32.Update(crc32.Checksum(index, castagnoli), castagnoli, foot))
	w.put(index)
	w.put(append(foot, fileMagic...))
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err == nil {
		w.err = w.f.Sync()
	}
	if err := w.f.Close(); w.err == nil {
		w.err = err
	}
	f := File{SizeBytes: w.size, CRC: w.sum.Sum32()}
	for _, s := range w.sections {
		if !slices.Contains(f.Operators, s.Operator) {
			f.Operators = append(f.Operators, s.Operator)
		}
	}
	return f, w.err
}

// Abort closes and removes the file.
func (w *Writer) Abort() {
	name := w.f.Name()
	w.f.Close()
	os.Remove(name)
}

// DamagedError says that a file of a checkpoint cannot be used.
type DamagedError struct {
	Path string
	What string
}

// Error names the file and what is wrong with it.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("checkpoint file %s is damaged: %s", e.Path, e.What)
}

// Reader reads a state file.
type Reader struct {
	path string
	data io.ReaderAt
	file io.Closer
	// Sections are the pieces of the file in the order written.
	Sections []Section
}

// Open opens the state file path and reads its index.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	r := &Reader{path: path, data: f, file: f}
	if err := r.readIndex(st.Size()); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) readIndex(size int64) error {
	damaged := func(what string) error { return &DamagedError{r.path, what} }
	head, foot := make([]byte, len(fileMagic)), make([]byte, footer)
	if size < int64(len(head)+len(foot)) {
		return damaged("it is cut off")
	}
	if _, err := r.data.ReadAt(head, 0); err != nil || string(head) != fileMagic {
		return damaged("it does not begin as a state file of this version does")
	}
	if _, err := r.data.ReadAt(foot, size-int64(footer)); err != nil || string(foot[16:]) != fileMagic {
		return damaged("it is cut off")
	}
	at, n := int64(binary.LittleEndian.Uint64(foot)), int64(binary.LittleEndian.Uint32(foot[8:]))
	if at < int64(len(head)) || at+n != size-int64(footer) {
		return damaged("its index is not where it should be")
	}
	index := make([]byte, n)
	if _, err := r.data.ReadAt(index, at); err != nil {
		return damaged(err.Error())
	}
	if crc32.Update(crc32.Checksum(index, castagnoli), castagnoli, foot[:12]) != binary.LittleEndian.Uint32(foot[12:]) {
		return damaged("the checksum of its index is wrong")
	}
	if err := json.Unmarshal(index, &r.Sections); err != nil {
		return damaged(err.Error())
	}
	for _, s := range r.Sections {
		if s.Offset < int64(len(head)) || s.Size < 0 || s.Size > at || s.Offset > at-s.Size {
			return damaged("a section lies outside of it")
		}
	}
	return nil
}

// Path is the file's name for messages.
func (r *Reader) Path() string { return r.path }

// Data is a section's bytes; it is readable until Close and has not been
// checked.
func (r *Reader) Data(s Section) *io.SectionReader {
	return io.NewSectionReader(r.data, s.Offset, s.Size)
}

// ReadAll reads a section and checks it.
func (r *Reader) ReadAll(s Section) ([]byte, error) {
	b := make([]byte, s.Size)
	if _, err := r.data.ReadAt(b, s.Offset); err != nil {
		return nil, &DamagedError{r.path, err.Error()}
	}
	if crc32.Checksum(b, castagnoli) != s.CRC {
		return nil, &DamagedError{r.path, "a section's checksum is wrong"}
	}
	return b, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }
