package types

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestBitmapBytes: the bytes are those of the format's specification.
func TestBitmapBytes(t *testing.T) {
	for want, members := range map[string][]uint32{
		"3a30000000000000": nil,
		"3a300000010000000000010010000000" + "01000300":                      {1, 3},
		"3a300000020000000000000001000000180000001a000000" + "0500" + "0000": {5, 1 << 16},
	} {
		if got := hex.EncodeToString(AppendBitmap(nil, members)); got != want {
			t.Errorf("%v is %s, want %s", members, got, want)
		}
	}
	// Two chunks, the first of them runs: 1 to 3 and 10, the second a list.
	runs, _ := hex.DecodeString("3b300100" + "01" + "00000300" + "01000000" + "0200" + "01000200" + "0a000000" + "0700")
	members, err := ParseBitmap(runs)
	if want := []uint32{1, 2, 3, 10, 1<<16 + 7}; err != nil || !slices.Equal(members, want) {
		t.Errorf("runs are %v, %v; want %v", members, err, want)
	}
}

func TestBitmapRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.Uint32Range(1, 1<<rapid.IntRange(0, 24).Draw(t, "bits")).Draw(t, "step")
		n := rapid.IntRange(0, 9000).Draw(t, "n")
		var members []uint32
		for i, m := 0, uint64(0); i < n && m < 1<<32; i, m = i+1, m+uint64(step) {
			members = append(members, uint32(m))
		}
		got, err := ParseBitmap(AppendBitmap(nil, members))
		if err != nil || !slices.Equal(got, members) {
			t.Fatalf("%d members, %d apart: %d members, %v", len(members), step, len(got), err)
		}
	})
}

// FuzzBitmap: no bytes panic, and what is read is written and read as the same.
func FuzzBitmap(f *testing.F) {
	f.Add(AppendBitmap(nil, []uint32{1, 3, 1 << 20}))
	f.Add([]byte{0x3b, 0x30, 0, 0, 1, 0, 0, 2, 0, 1, 0, 1, 0, 2, 0})
	f.Add([]byte{0x3a, 0x30, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		members, err := ParseBitmap(b)
		if err != nil {
			return
		}
		again, err := ParseBitmap(AppendBitmap(nil, members))
		if err != nil || !slices.Equal(members, again) {
			t.Errorf("%x: %v became %v, %v", b, members, again, err)
		}
		if text := AppendBitmapText(nil, b); !bytes.HasPrefix(text, []byte("{")) {
			t.Errorf("%x is printed as %s", b, text)
		}
	})
}
