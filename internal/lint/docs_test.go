package lint

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	inlineCode = regexp.MustCompile("`([^`]+)`")
	// A path in prose: it begins with a folder of the repository and has no
	// placeholder in it.
	pathWord = regexp.MustCompile(`^(\./)?[\w.-]+(/[\w.-]+)*/?$`)
	// In comments of Go files only what looks like a file is a path.
	fileWord = regexp.MustCompile(`\b(?:docs|internal|conformance|test|bench|cmd|tools|examples|connector|format)/[\w./-]+\.(?:md|go|txt|sql)\b`)
	heading  = regexp.MustCompile(`(?m)^#+\s+(.+?)\s*#*$`)
)

// TestDocs checks that the files, folders and headings that documents name exist.
func TestDocs(t *testing.T) {
	files(t, func(name string) {
		if path.Ext(name) != ".md" {
			return
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			return
		}
		for _, broken := range brokenPaths(name, string(b), exists, anchors) {
			t.Errorf("%s: %s", name, broken)
		}
	})
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			for _, word := range fileWord.FindAllString(group.Text(), -1) {
				if !exists(word) && !exists(path.Join(s.dir(), word)) {
					t.Errorf("%s: %s does not exist", s.at(group.Pos()), word)
				}
			}
		}
	}
}

// brokenPaths returns what a document at name refers to in vain.
func brokenPaths(name, text string, exists func(string) bool, anchors func(string) map[string]bool) []string {
	var broken []string
	prose := withoutBlocks(text)
	for _, m := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(prose, ""), -1) {
		target := m[1]
		if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		file, anchor, _ := strings.Cut(target, "#")
		at := name
		if file != "" {
			at = path.Join(path.Dir(name), file)
		}
		if !exists(at) {
			broken = append(broken, "link to "+target+", which does not exist")
		} else if anchor != "" && path.Ext(at) == ".md" && !anchors(at)[anchor] {
			broken = append(broken, "link to "+target+": no such heading")
		}
	}
	for _, m := range inlineCode.FindAllStringSubmatch(prose, -1) {
		for _, word := range strings.Fields(m[1]) {
			word = strings.TrimSuffix(word, "/...")
			first, _, below := strings.Cut(strings.TrimPrefix(word, "./"), "/")
			if !below || !pathWord.MatchString(word) || first == ".." || !exists(first) {
				continue
			}
			if !exists(word) && !exists(path.Join(path.Dir(name), word)) {
				broken = append(broken, word+" does not exist")
			}
		}
	}
	return broken
}

// withoutBlocks takes the fenced blocks out: they hold programs and output.
func withoutBlocks(text string) string {
	var b strings.Builder
	fenced := false
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		} else if !fenced {
			b.WriteString(line)
		}
	}
	return b.String()
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}

// anchors are the names that headings of a Markdown file get.
func anchors(name string) map[string]bool {
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		return nil
	}
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(withoutBlocks(string(b)), -1) {
		out[anchor(m[1])] = true
	}
	return out
}

func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			return r
		}
		return -1
	}, strings.ToLower(heading))
}

func TestBrokenPaths(t *testing.T) {
	there := map[string]bool{"docs": true, "docs/a.md": true, "test": true, "test/x": true, "README.md": true}
	exists := func(name string) bool { return there[path.Clean(name)] }
	anchors := func(string) map[string]bool { return map[string]bool{anchor("First job, at once"): true} }
	text := "See [a](a.md), [b](b.md), [c](a.md#first-job-at-once), [d](a.md#nope), [e](https://example.org/x), [up](../README.md).\n" +
		"Run `go test ./test/x/...` or `test/y`, not `kafka/topic` nor `test/<name>`.\n```\n[x](nowhere.md) `test/z`\n```\n"
	got := strings.Join(brokenPaths("docs/a.md", text, exists, anchors), "; ")
	want := "link to b.md, which does not exist; link to a.md#nope: no such heading; test/y does not exist"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
