package filesystem

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// claim is a locked file of a writer whose job keeps no checkpoints: nobody goes on
// with its files. While the lock is held the writer lives; without, what it has left
// is rubbish, whoever finds it. Claims of other machines are let alone: locks may not
// reach over a network's file system.
type claim struct{ file *os.File }

const claimSuffix = ".claim"

// machine is a part of the names of this machine's claims.
func machine() string {
	name, _ := os.Hostname()
	return digest(8, name)
}

// newClaim makes the claim of the hidden files in root whose names begin with prefix.
func newClaim(root, prefix string) (*claim, error) {
	path := filepath.Join(root, prefix+machine()+claimSuffix)
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		locked, err := tryLock(f)
		if err != nil {
			f.Close()
			return nil, err
		}
		own, err := f.Stat()
		if there, e := os.Stat(path); locked && err == nil && e == nil && os.SameFile(own, there) {
			return &claim{f}, nil
		}
		f.Close() // somebody took it for a dead one between the two steps, and has removed it
	}
}

// release gives the claim up. With files left behind it stays, for the next writer to
// find them by.
func (c *claim) release(left bool) error {
	if left {
		return c.file.Close()
	}
	return errors.Join(ignoreGone(os.Remove(c.file.Name())), c.file.Close())
}

// removeUnclaimed removes what writers have left that lived without checkpoints and
// were killed.
func removeUnclaimed(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".part-") && strings.HasSuffix(e.Name(), machine()+claimSuffix) {
			if err := removeIfDead(root, filepath.Join(root, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func removeIfDead(root, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return ignoreGone(err)
	}
	defer f.Close()
	if locked, err := tryLock(f); !locked || err != nil {
		return err
	}
	prefix := strings.TrimSuffix(filepath.Base(path), machine()+claimSuffix)
	return cmp.Or(removeHidden(root, func(name string) bool { return strings.HasPrefix(name, prefix) && strings.HasSuffix(name, inProgress) }),
		ignoreGone(os.Remove(path)))
}

// removeHidden removes the files below root with such names.
func removeHidden(root string, such func(name string) bool) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // somebody else was faster
		}
		if err != nil || d.IsDir() || !such(d.Name()) {
			return err
		}
		return ignoreGone(os.Remove(path))
	})
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
