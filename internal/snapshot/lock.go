package snapshot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// errLocked is what lockFile answers when somebody else holds the lock.
var errLocked = errors.New("locked")

// Lock is a job folder's lock, held until Unlock or the end of the process.
type Lock struct{ f *os.File }

// Lock takes the folder for this process. If another one has it, the error
// names its pid.
func (f Folder) Lock() (*Lock, error) {
	path := filepath.Join(f.Path, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lockFile(file); err != nil {
		pid, _ := io.ReadAll(io.LimitReader(file, 32))
		file.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		return nil, &diag.Error{Code: "job-running", Stage: diag.StageRun,
			Message: fmt.Sprintf("this job is running already, in process %s", strings.TrimSpace(string(pid))),
			Notes:   []string{"its folder is " + f.Path}, Help: "stop that process, or give this job another --name"}
	}
	if err = file.Truncate(0); err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Lock{file}, nil
}

// Unlock gives the folder back.
func (l *Lock) Unlock() error { return l.f.Close() }
