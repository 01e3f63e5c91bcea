package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// StateFolder is where jobs keep their folders unless told otherwise:
// $XDG_STATE_HOME/flott, ~/.local/state/flott, or a folder in the temporary one.
func StateFolder() string {
	if d := os.Getenv("XDG_STATE_HOME"); d != "" {
		return filepath.Join(d, "flott")
	}
	if d, err := os.UserHomeDir(); err == nil {
		return filepath.Join(d, ".local", "state", "flott")
	}
	return filepath.Join(os.TempDir(), "flott-state")
}

// Identity names a job over restarts: by the given name, else by the script's
// path, and by the tables that it writes. The text of the query is not part of
// it, so that a changed query meets its old state and is told about it.
func Identity(name, scriptPath string, sinks []string) string {
	key, base := "name\x00"+name, name
	if name == "" {
		if abs, err := filepath.Abs(scriptPath); err == nil {
			scriptPath = abs
		}
		key, base = "path\x00"+scriptPath, strings.TrimSuffix(filepath.Base(scriptPath), filepath.Ext(scriptPath))
	}
	tables := append([]string(nil), sinks...)
	sort.Strings(tables)
	sum := sha256.Sum256([]byte(key + "\x00" + strings.Join(tables, "\x00")))
	return clean(base) + "-" + hex.EncodeToString(sum[:6])
}

// clean makes a folder name of a text.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.' && b.Len() > 0:
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
		if b.Len() >= 40 {
			break
		}
	}
	if b.Len() == 0 {
		return "job"
	}
	return b.String()
}
