package raw

import (
	"testing"

	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func TestRoundTrip(t *testing.T) {
	for _, tt := range []struct {
		typ     types.Type
		options option.Set
		message string
		want    string
	}{
		{types.TString, nil, "grüße", "grüße"},
		{types.TString, option.Set{"charset": "ISO-8859-1"}, "gr\xfc\xdfe", "grüße"},
		{types.TBytes, nil, "\x01\xfe", "x'01fe'"},
		{types.TBoolean, nil, "\x01", "TRUE"},
		{types.TTinyInt, nil, "\xff", "-1"},
		{types.TSmall, nil, "\x01\x02", "258"},
		{types.TInt, nil, "\xff\xff\xff\xfe", "-2"},
		{types.TInt, option.Set{"endianness": "little-endian"}, "\xfe\xff\xff\xff", "-2"},
		{types.TBigInt, nil, "\x00\x00\x00\x00\x00\x00\x01\x00", "256"},
		{types.TFloat, nil, "\x3f\x80\x00\x00", "1.0"},
		{types.TDouble, nil, "\x3f\xf8\x00\x00\x00\x00\x00\x00", "1.5"},
	} {
		o := tt.options
		if o == nil {
			o = option.Set{}
		}
		cols := []format.Column{{Name: "v", Type: tt.typ}}
		d, err := newDecoder(o, cols, format.Env{All: cols})
		if err != nil {
			t.Fatal(err)
		}
		b := vector.NewBatch([]types.Type{tt.typ}, 1)
		base := "##" + tt.message
		d.Begin(b, []byte(base), false)
		if _, err := d.Decode(2, uint32(len(tt.message))); err != nil {
			t.Fatal(err)
		}
		b.SetLen(1)
		if got := string(vector.AppendText(nil, b.Cols[0], 0, types.UTC)); got != tt.want {
			t.Errorf("%s: read %q, want %q", tt.typ, got, tt.want)
		}
		e, err := newEncoder(o, cols, format.Env{})
		if err != nil {
			t.Fatal(err)
		}
		e.Begin(b)
		if got, _, err := e.Encode(nil, 0); err != nil || string(got) != tt.message {
			t.Errorf("%s: wrote %q, %v; want %q", tt.typ, got, err, tt.message)
		}
	}
}

func TestRefused(t *testing.T) {
	two := []format.Column{{Name: "a", Type: types.TString}, {Name: "b", Type: types.TString}}
	if _, err := newDecoder(option.Set{}, two, format.Env{All: two}); err == nil {
		t.Error("two columns are taken")
	}
	one := []format.Column{{Name: "a", Type: types.TInt}}
	if _, err := newDecoder(option.Set{"endianness": "middle"}, one, format.Env{All: one}); err == nil {
		t.Error("an unknown byte order is taken")
	}
	d, err := newDecoder(option.Set{}, one, format.Env{All: one})
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch([]types.Type{types.TInt}, 1)
	d.Begin(b, []byte("abc"), false)
	if _, err := d.Decode(0, 3); err == nil || b.Cols[0].Len() != 0 {
		t.Error("three bytes are taken for an INT")
	}
	// A query that reads no column still counts messages.
	d, err = newDecoder(option.Set{}, nil, format.Env{All: one})
	if err != nil {
		t.Fatal(err)
	}
	d.Begin(&vector.Batch{}, []byte("abc"), false)
	if n, err := d.Decode(0, 3); n != 1 || err != nil {
		t.Errorf("got %d rows, %v", n, err)
	}
}
