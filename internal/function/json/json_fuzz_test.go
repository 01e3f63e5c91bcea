package json

import "testing"

// FuzzQuery: no document and no path panics, and what is written reads back to
// the same text.
func FuzzQuery(f *testing.F) {
	doc := `{"a":1,"b":"x","c":true,"d":null,"e":[1,2,{"f":"g"}],"h":{"i":1.5e3,"j k":"\u00e9\ud83d\ude00"}}`
	for _, path := range []string{"$", "lax $.a", "strict $.e[*].f", "$..f", "$.e[-1]", "$.e[0:2]", "$['h']['j k']", "$.e.size()", "$.", "a[", "$[0,1]"} {
		f.Add(doc, path)
	}
	f.Add(`[1,2,]`, "$[1]")
	f.Add(`"\uD800"`, "$")
	f.Fuzz(func(t *testing.T, text, path string) {
		v, err := parse(text)
		if err != nil {
			return
		}
		_, _ = compilePath(path).find(v)
		once := v.append(nil, true)
		again, err := parse(string(once))
		if err != nil {
			t.Fatalf("%q is written as %q, which does not read: %v", text, once, err)
		}
		if twice := again.append(nil, true); string(twice) != string(once) {
			t.Fatalf("%q is written as %q and then as %q", text, once, twice)
		}
	})
}
