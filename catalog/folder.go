package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// The kinds of entries of a folder: the part of a file's name before ".sql".
const (
	kindTable    = "table"
	kindView     = "view"
	kindFunction = "function"
	kindModel    = "model"
)

// databaseFile describes a database inside its folder.
const databaseFile = "database.sql"

// folder keeps a catalog of type flott-file: a folder for each database, in it a
// file for each object with the statement that creates it.
//
//	PATH/sales/database.sql
//	PATH/sales/orders.table.sql
//	PATH/sales/totals.view.sql
//
// A file is put into its place when it is whole, so that a crash leaves the old
// entry or the new one.
type folder struct{ path string }

// openFolder makes the folder if it isn't there.
func openFolder(path string) (*folder, *diag.Error) {
	path = strings.TrimPrefix(path, "file://")
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, ioFailure("open catalog folder", err)
	}
	return &folder{path: path}, nil
}

func ioFailure(what string, err error) *diag.Error {
	e := failure("catalog-folder", "", "%s: %v", what, err)
	e.Cause = err
	return e
}

// databases lists the databases.
func (f *folder) databases() ([]string, *diag.Error) {
	dirs, err := os.ReadDir(f.path)
	if err != nil {
		return nil, ioFailure("read catalog folder", err)
	}
	var out []string
	for _, d := range dirs {
		if name, ok := decodeName(d.Name()); ok && d.IsDir() {
			out = append(out, name)
		}
	}
	return out, nil
}

// stored is a file of a database's folder.
type stored struct{ name, kind, file string }

// entries lists the objects of a database.
func (f *folder) entries(database string) ([]stored, *diag.Error) {
	dir := filepath.Join(f.path, encodeName(database))
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, ioFailure("read catalog folder", err)
	}
	var out []stored
	for _, file := range files {
		base, isSQL := strings.CutSuffix(file.Name(), ".sql")
		dot := strings.LastIndexByte(base, '.')
		if !isSQL || dot < 1 {
			continue
		}
		name, ok := decodeName(base[:dot])
		kind := base[dot+1:]
		if ok && slices.Contains([]string{kindTable, kindView, kindFunction, kindModel}, kind) {
			out = append(out, stored{name, kind, filepath.Join(dir, file.Name())})
		}
	}
	return out, nil
}

func (f *folder) file(database, name, kind string) string {
	if kind == "" {
		return filepath.Join(f.path, encodeName(database), databaseFile)
	}
	return filepath.Join(f.path, encodeName(database), encodeName(name)+"."+kind+".sql")
}

// write stores the statement that creates an object, or, with kind "", that
// creates the database.
func (f *folder) write(database, name, kind, statement string) *diag.Error {
	file := f.file(database, name, kind)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return ioFailure("write catalog entry", err)
	}
	if err := writeFile(file, strings.TrimRight(statement, "\n")+";\n"); err != nil {
		return ioFailure("write catalog entry", err)
	}
	return nil
}

// remove deletes an object's file.
func (f *folder) remove(database, name, kind string) *diag.Error {
	if err := os.Remove(f.file(database, name, kind)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ioFailure("remove catalog entry", err)
	}
	return nil
}

// removeDatabase deletes the entries of a database and its folder, which stays
// if something else lies in it.
func (f *folder) removeDatabase(database string) *diag.Error {
	entries, err := f.entries(database)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := f.remove(database, e.name, e.kind); err != nil {
			return err
		}
	}
	if err := f.remove(database, "", ""); err != nil {
		return err
	}
	dir := filepath.Join(f.path, encodeName(database))
	if err := os.Remove(dir); err != nil {
		e := ioFailure("remove database", err)
		e.Help = "the folder holds files that are no entries of the catalog; remove them"
		return e
	}
	return nil
}

// writeFile replaces a file, whole or not at all.
func writeFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	if dir, e := os.Open(filepath.Dir(path)); e == nil {
		dir.Sync() // not every file system can; the rename is done
		dir.Close()
	}
	return nil
}

// encodeName makes a name the name of a file: bytes other than ASCII letters,
// digits, `_` and `-` are written as %XX.
func encodeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// decodeName is the inverse of encodeName; ok is false for names that it does
// not write.
func decodeName(file string) (name string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(file); i++ {
		if file[i] != '%' {
			b.WriteByte(file[i])
			continue
		}
		var c byte
		if _, err := fmt.Sscanf(file[i:min(i+3, len(file))], "%%%02X", &c); err != nil {
			return "", false
		}
		b.WriteByte(c)
		i += 2
	}
	return b.String(), b.Len() > 0 && encodeName(b.String()) == file
}
