package snapshot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// MetadataName is the file that makes a checkpoint whole.
const MetadataName = "_metadata"

// Version of the metadata that this code writes; it reads up to it.
const Version = 1

// Metadata describes a complete checkpoint.
type Metadata struct {
	Version   int       `json:"version"`
	ID        int64     `json:"id"`
	Savepoint bool      `json:"savepoint,omitempty"`
	Job       string    `json:"job"` // name
	Triggered time.Time `json:"triggered"`
	Completed time.Time `json:"completed"`
	// Operators are all that had state, by ID.
	Operators map[string]OperatorMeta `json:"operators"`
	// Files are those of the tasks.
	Files []File `json:"files"`
	// Enumerators are the states of split enumerators by operator ID.
	Enumerators map[string]EnumeratorState `json:"enumerators,omitempty"`
}

// OperatorMeta tells what people want to know of an operator with state.
type OperatorMeta struct {
	Name           string `json:"name"`
	Parallelism    int    `json:"parallelism"`
	MaxParallelism int    `json:"maxParallelism"`
}

// EnumeratorState is where a source's split enumeration stands.
type EnumeratorState struct {
	State []byte `json:"state"`
	Next  int    `json:"next"` // reader that the next split goes to
	Done  bool   `json:"done"` // there will be no others
}

// SizeBytes is the size of all files.
func (m *Metadata) SizeBytes() (n int64) {
	for _, f := range m.Files {
		n += f.SizeBytes
	}
	return n
}

const metadataHead = "flott checkpoint "

// Write puts the metadata into the checkpoint's folder, atomically and for good.
func (m *Metadata) Write(dir string) error {
	m.Version = Version
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\n%s\n", metadataHead, Version, body)
	fmt.Fprintf(&b, "crc32c %08x\n", crc32.Checksum(b.Bytes(), castagnoli))
	if err := WriteAtomic(filepath.Join(dir, MetadataName), b.Bytes()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir)) // where the checkpoint's own name stands
}

// ReadMetadata reads the metadata of the checkpoint in dir.
func ReadMetadata(dir string) (*Metadata, error) {
	path := filepath.Join(dir, MetadataName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseMetadata(path, b)
}

func parseMetadata(path string, b []byte) (*Metadata, error) {
	lines := bytes.SplitAfterN(b, []byte("\n"), 3)
	if len(lines) != 3 || !strings.HasPrefix(string(lines[0]), metadataHead) {
		return nil, &DamagedError{path, "it does not begin with \"" + metadataHead + "\""}
	}
	var version int
	if _, err := fmt.Sscanf(string(lines[0]), metadataHead+"%d", &version); err != nil {
		return nil, &DamagedError{path, "its version cannot be read"}
	}
	if version > Version {
		return nil, &DamagedError{path, fmt.Sprintf("it has version %d, this flott reads up to %d", version, Version)}
	}
	want := fmt.Sprintf("crc32c %08x\n", crc32.Checksum(b[:len(lines[0])+len(lines[1])], castagnoli))
	if string(lines[2]) != want {
		return nil, &DamagedError{path, "its checksum is wrong"}
	}
	m := &Metadata{}
	if err := json.Unmarshal(lines[1], m); err != nil {
		return nil, &DamagedError{path, err.Error()}
	}
	return m, nil
}

// Verify reads all files of a checkpoint and compares them with its metadata.
func (m *Metadata) Verify(dir string) error {
	for _, f := range m.Files {
		path := filepath.Join(dir, f.Name)
		r, err := os.Open(path)
		if err != nil {
			return &DamagedError{path, err.Error()}
		}
		sum := crc32.New(castagnoli)
		n, err := io.Copy(sum, r)
		r.Close()
		switch {
		case err != nil:
			return &DamagedError{path, err.Error()}
		case n != f.SizeBytes:
			return &DamagedError{path, fmt.Sprintf("it has %d bytes, not %d", n, f.SizeBytes)}
		case sum.Sum32() != f.CRC:
			return &DamagedError{path, "its checksum is wrong"}
		}
	}
	return nil
}

// WriteAtomic writes a file so that after a crash it is whole or not there.
func WriteAtomic(path string, b []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
