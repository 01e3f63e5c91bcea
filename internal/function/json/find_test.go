package json

import (
	"testing"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// FuzzFind compares a look for one value with the way over the whole tree.
func FuzzFind(f *testing.F) {
	for _, doc := range []string{
		`{"a":1,"b":{"c":[1,"x\ty",null,true]},"a":-2.50}`, ` [ {"a" : "ü" } , [] , {} ] x`, `{"a":"\u0041","b\u0062":1}`, `"a" 1`, `12abc`, `true,`, `{"a":1,}`, "{\"a\":\"\x01\"}", `{"a":1e5,"b":01}`, `nullx`, ``,
		`{"a":{"a":{"a":"deep"}}}`, `[[1,2],[3,[4]]]`, `{"a":"x"`, `{"a" 1}`, `[1 2]`, `{"a":tru}`, `{"":0.0000001}`,
		`{"a":-0}`, `{"b":1,"a":[{"z":-0.0,"y":1e2,"z":[ ]},{ }," \/\"\n"],"b":{"b":{"b":0.00}},"a":[1.50,true , null]}`, `{"a":{"x\\y":1,"\u0061":2}}`,
	} {
		for _, path := range []string{"$", "$.a", "lax $.b.c[3]", "$[0].a", "$.b['c'][1]", "$[1][1][0]", "lax $.a.a", "$['']"} {
			f.Add(doc, path)
		}
	}
	f.Fuzz(func(t *testing.T, doc, path string) {
		c := compilePath(path)
		if !c.direct {
			return
		}
		args := []*vector.Vector{vector.New(types.TString, 1), vector.New(types.TString, 1)}
		args[0].AppendString(doc)
		args[1].AppendString(path)
		lookup := newLookup([]*vector.Vector{nil, args[1]}, true)
		got, _, gotErr := lookup.find(args, 0)
		var want *value
		root, err := parse(doc)
		if err == nil {
			want, err = c.find(root)
		}
		if err != nil && root == nil && c.lax {
			err = nil // text that is no JSON is nothing to a lax path
		}
		if (gotErr == nil) != (err == nil) || err != nil && err.Error() != gotErr.Error() {
			t.Fatalf("%s of %s: error %v, want %v", path, doc, gotErr, err)
		}
		if (got == nil) != (want == nil) || got != nil && (got.kind != want.kind || string(got.append(nil, true)) != string(want.append(nil, true))) {
			t.Fatalf("%s of %s: %v, want %v", path, doc, got, want)
		}
		if got == nil {
			return
		}
		tree := string(got.append(nil, true))
		lookup.text = true
		if got, _, err := lookup.find(args, 0); err != nil || string(got.append(nil, true)) != tree {
			t.Fatalf("%s of %s as text: %v, %v; want %s", path, doc, got, err, tree)
		}
	})
}
