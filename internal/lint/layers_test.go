package lint

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers is the parsed layers.txt.
type layers struct {
	places []place
	denied []denial
}

// place puts the packages of a pattern on a floor, in a room.
type place struct {
	pattern string
	floor   int // from 0; outside is above all
	room    string
	name    string
}

type denial struct {
	from, to []string
	reason   string
}

func readLayers(text string) (layers, error) {
	var l layers
	floor, name := -1, ""
	for n, line := range strings.Split(text, "\n") {
		line, _, _ := strings.Cut(line, "#")
		fields := strings.Fields(line)
		indented := strings.HasPrefix(line, " ")
		switch {
		case len(fields) == 0:
		case indented && floor >= 0:
			room := ""
			if r, ok := strings.CutSuffix(fields[0], ":"); ok {
				room, fields = r, fields[1:]
			}
			for _, f := range fields {
				l.places = append(l.places, place{f, floor, room, name})
			}
		case fields[0] == "floor" && len(fields) == 2:
			floor++
			name = fields[1]
		case fields[0] == "outside" && len(fields) == 1:
			floor++
			name = "outside"
		case fields[0] == "deny":
			rule, reason, ok := strings.Cut(strings.TrimPrefix(line, "deny"), ": ")
			from, to, arrow := strings.Cut(rule, "->")
			if !ok || !arrow || strings.TrimSpace(reason) == "" {
				return l, fmt.Errorf("layers.txt:%d: want `deny A -> B: reason`", n+1)
			}
			l.denied = append(l.denied, denial{strings.Fields(from), strings.Fields(to), reason})
		default:
			return l, fmt.Errorf("layers.txt:%d: what is %q?", n+1, line)
		}
	}
	return l, nil
}

func match(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	if below, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}

func (l layers) placeOf(pkg string) (place, bool) {
	for _, p := range slices.Backward(l.places) {
		if match(p.pattern, pkg) {
			return p, true
		}
	}
	return place{}, false
}

// check returns what is wrong with the imports, package to packages.
func (l layers) check(imports map[string][]string) []string {
	var wrong []string
	for pkg, list := range imports {
		from, ok := l.placeOf(pkg)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s stands on no floor: add it to layers.txt", pkg))
			continue
		}
		for _, imp := range list {
			to, ok := l.placeOf(imp)
			switch {
			case !ok: // it is reported for itself
			case to.floor > from.floor:
				wrong = append(wrong, fmt.Sprintf("%s (%s) imports %s (%s), which stands above it", pkg, from.name, imp, to.name))
			case to.floor == from.floor && to.room != from.room:
				wrong = append(wrong, fmt.Sprintf("%s (room %q) imports %s (room %q) next door", pkg, from.room, imp, to.room))
			}
		}
		for _, d := range l.denied {
			if !matchAny(d.from, pkg) || from.name == "outside" {
				continue
			}
			if way := reach(imports, pkg, d.to); way != nil {
				wrong = append(wrong, fmt.Sprintf("%s: %s", strings.Join(way, " > "), d.reason))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// reach is a shortest way from pkg to a package of the patterns, or nil. The
// package itself is not a way to itself.
func reach(imports map[string][]string, pkg string, patterns []string) []string {
	before := map[string]string{pkg: ""}
	for queue := []string{pkg}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at != pkg && matchAny(patterns, at) {
			var way []string
			for ; at != ""; at = before[at] {
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		for _, next := range imports[at] {
			if _, seen := before[next]; !seen {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func TestLayers(t *testing.T) {
	text, err := os.ReadFile("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	l, err := readLayers(string(text))
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for _, s := range sources(t) {
		if s.isTest {
			continue // a test may reach further than its package
		}
		pkg := s.dir()
		imports[pkg] = append(imports[pkg], ownImports(s)...)
	}
	for _, list := range imports {
		slices.Sort(list)
	}
	for _, w := range l.check(imports) {
		t.Error(w)
	}
}

// ownImports lists the imports that lie in the module, as folders.
func ownImports(s source) []string {
	var out []string
	for _, i := range s.file.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		if p == module {
			out = append(out, ".")
		} else if rel, ok := strings.CutPrefix(p, module+"/"); ok {
			out = append(out, rel)
		}
	}
	return out
}

// TestLayersCheck shows that the check finds what it is for.
func TestLayersCheck(t *testing.T) {
	l, err := readLayers(`# comment
floor ground
  types
floor rooms
  sql: sql/...
  run: task exec/...
floor doors
  cmd
outside
  lint
deny cmd -> exec/*: the door is not the engine
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		imports map[string][]string
		wrong   string
	}{
		{map[string][]string{"sql/bind": {"types", "sql"}, "sql": nil, "types": nil}, ""},
		{map[string][]string{"types": {"task"}, "task": nil}, "types (ground) imports task (rooms), which stands above it"},
		{map[string][]string{"task": {"sql/bind"}, "sql/bind": nil}, `task (room "run") imports sql/bind (room "sql") next door`},
		{map[string][]string{"other": nil}, "other stands on no floor"},
		{map[string][]string{"cmd": {"task"}, "task": {"exec/agg"}, "exec/agg": nil}, "cmd > task > exec/agg: the door is not the engine"},
		{map[string][]string{"cmd": {"exec"}, "exec": nil}, ""},
		{map[string][]string{"task": {"lint"}, "lint": nil}, "task (rooms) imports lint (outside)"},
	} {
		wrong := strings.Join(l.check(c.imports), "\n")
		if !strings.HasPrefix(wrong, c.wrong) || (wrong == "") != (c.wrong == "") {
			t.Errorf("%v: %q, want %q", c.imports, wrong, c.wrong)
		}
	}
	for _, text := range []string{"deny a -> b", "deny a b: reason", "what", "  types"} {
		if _, err := readLayers(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
