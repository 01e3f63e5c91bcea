package rig

import (
	"encoding/json"
	"testing"
)

func TestRecord(t *testing.T) {
	for _, id := range []int64{0, 1, 99, 100, 86399, 123456789, 1 << 40} {
		b := AppendRecord(nil, id, 1767312000000000000)
		if len(b) != RecordSize {
			t.Errorf("id %d: %d bytes", id, len(b))
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Errorf("id %d: %v: %s", id, err, b)
		}
		var r Record
		if err := r.Parse(b); err != nil || r.ID != id || r.CreatedAt != 1767312000000000000 {
			t.Errorf("id %d: %+v, %v", id, r, err)
		}
		if got := r.Append(nil); string(got) != string(b) {
			t.Errorf("id %d: written %s, want %s", id, got, b)
		}
	}
	for _, bad := range []string{"", "{", `{"id":1`, `{"id":}`, `{"id":1,}`, `{"x":1}`, `{"title":"a\"b"}`} {
		if err := new(Record).Parse([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(AppendRecord(nil, 7, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, again Record
		if r.Parse(b) != nil {
			return
		}
		if err := again.Parse(r.Append(nil)); err != nil || again.ID != r.ID || string(again.Title) != string(r.Title) {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}
