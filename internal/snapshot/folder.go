package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// Folder is a job's own folder. It is used by one job at a time: see Lock.
type Folder struct{ Path string }

// CheckpointDir is the folder of checkpoint id.
func (f Folder) CheckpointDir(id int64) string {
	return filepath.Join(f.Path, "chk-"+strconv.FormatInt(id, 10))
}

// ID returns the folder's random name, which it gets when it is first asked for. It
// names the job over all its runs. The folder is locked.
func (f Folder) ID() (string, error) {
	path := filepath.Join(f.Path, "id")
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && len(id) == 16 {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	id := fmt.Sprintf("%016x", rand.Uint64())
	return id, WriteAtomic(path, []byte(id+"\n"))
}

// MakeCheckpointDir makes the folder of checkpoint id, but not the one it lies in:
// if that has vanished, so has its lock, and another process may be in it soon.
func (f Folder) MakeCheckpointDir(id int64) (string, error) {
	dir := f.CheckpointDir(id)
	err := os.Mkdir(dir, 0o755)
	switch {
	case errors.Is(err, fs.ErrExist):
		return dir, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("checkpoint folder %q is gone: %w", f.Path, err)
	}
	return dir, err
}

// Prepare makes the folder and tries to write to it.
func (f Folder) Prepare() error {
	err := os.MkdirAll(f.Path, 0o755)
	if err == nil {
		probe := filepath.Join(f.Path, ".probe")
		if err = WriteAtomic(probe, nil); err == nil {
			err = os.Remove(probe)
		}
	}
	if err != nil {
		return &diag.Error{Code: "checkpoint-folder", Stage: diag.StageRun, Message: fmt.Sprintf("checkpoint folder %q cannot be written to: %v", f.Path, rootCause(err)),
			Help: "set 'execution.checkpointing.dir' to a folder of yours", Cause: err}
	}
	return nil
}

func rootCause(err error) error {
	for {
		u := errors.Unwrap(err)
		if u == nil {
			return err
		}
		err = u
	}
}

// Checkpoints lists the IDs of the checkpoints that claim to be complete,
// newest first.
func (f Folder) Checkpoints() ([]int64, error) {
	entries, err := os.ReadDir(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, e := range entries {
		n, ok := strings.CutPrefix(e.Name(), "chk-")
		id, err := strconv.ParseInt(n, 10, 64)
		if !ok || err != nil || !e.IsDir() {
			continue
		}
		if _, err := os.Stat(filepath.Join(f.Path, e.Name(), MetadataName)); err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// Latest returns the newest checkpoint that is whole, nil if there is none.
// Damaged ones are told to refused and passed over. If there are checkpoints
// and all are damaged, that is an error: starting over must be asked for.
func (f Folder) Latest(refused func(id int64, err error)) (*Metadata, string, error) {
	ids, err := f.Checkpoints()
	if err != nil {
		return nil, "", err
	}
	var last error
	for _, id := range ids {
		dir := f.CheckpointDir(id)
		m, err := ReadMetadata(dir)
		if err == nil {
			err = m.Verify(dir)
		}
		if err == nil {
			return m, dir, nil
		}
		last = err
		if refused != nil {
			refused(id, err)
		}
	}
	if last != nil {
		return nil, "", &diag.Error{Code: "checkpoint-damaged", Stage: diag.StageRun, Message: fmt.Sprintf("no checkpoint in %q can be used: %v", f.Path, last),
			Help: "--fresh starts over without them", Cause: last}
	}
	return nil, "", nil
}

// Remove deletes checkpoint id: first what makes it whole.
func (f Folder) Remove(id int64) error { return RemoveCheckpoint(f.CheckpointDir(id)) }

// RemoveCheckpoint deletes the checkpoint in dir.
func RemoveCheckpoint(dir string) error {
	if err := os.Remove(filepath.Join(dir, MetadataName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(dir)
}

// Clear removes all checkpoints, also unfinished ones: the newest one last, so
// that a crash in between does not bring an older one back.
func (f Folder) Clear() error {
	ids, err := f.Checkpoints()
	if err != nil {
		return err
	}
	slices.Reverse(ids)
	for _, id := range ids {
		if err := f.Remove(id); err != nil {
			return err
		}
	}
	return f.Sweep(0)
}

// Sweep removes what unfinished checkpoints have left, but for checkpoint keep.
func (f Folder) Sweep(keep int64) error {
	entries, err := os.ReadDir(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		dir := filepath.Join(f.Path, e.Name())
		if !strings.HasPrefix(e.Name(), "chk-") || keep != 0 && dir == f.CheckpointDir(keep) {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, MetadataName)); err == nil {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}
