package snapshot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/diag"
)

// LockPatience is how long Lock waits for a lock that another process holds: one
// that was killed lets go only when the system has torn it down.
const LockPatience = time.Second

// errLocked is what lockFile answers when somebody else holds the lock.
var errLocked = errors.New("locked")

// Lock is a job folder's lock, held until Unlock or the end of the process.
type Lock struct{ f *os.File }

// Lock takes the folder for this process. If another one keeps it for longer
// than LockPatience, the error names its pid.
func (f Folder) Lock(c clock.Clock) (*Lock, error) {
	end := c.Now().Add(LockPatience)
	for {
		l, err := f.TryLock()
		var d *diag.Error
		if err == nil || !errors.As(err, &d) || !c.Now().Before(end) {
			return l, err
		}
		<-c.NewTimer(LockPatience / 20).C
	}
}

// TryLock is Lock without patience.
func (f Folder) TryLock() (*Lock, error) {
	path := f.lockPath()
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

func (f Folder) lockPath() string { return filepath.Join(f.Path, "lock") }

// Held reports whether the lock still guards its folder: the file that is locked
// is the one that others find there.
func (l *Lock) Held() bool {
	own, err := l.f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.f.Name())
	return err == nil && os.SameFile(own, there)
}

// Unlock gives the folder back.
func (l *Lock) Unlock() error { return l.f.Close() }
