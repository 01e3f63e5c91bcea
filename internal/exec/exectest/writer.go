package exectest

import (
	"io"
	"strconv"

	"github.com/flott/flott/internal/element"
)

var checkpoint = element.CheckpointOptions{ID: 1}

// writer is a snapshot file in memory.
type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

// ReadAt implements io.ReaderAt.
func (w *writer) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(*w)) {
		return 0, io.EOF
	}
	n := copy(p, (*w)[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
