package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestPages says which committed page is not what the code says.
func TestPages(t *testing.T) {
	for _, p := range pages {
		got, err := os.ReadFile(filepath.Join("..", "..", folder, p.name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, p.render()) {
			t.Errorf("%s/%s is not what the code says: go run ./tools/gendocs", folder, p.name)
		}
	}
	entries, err := os.ReadDir(filepath.Join("..", "..", folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(pages) {
		t.Errorf("%s holds %d files, gendocs writes %d", folder, len(entries), len(pages))
	}
}
