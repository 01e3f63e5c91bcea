package exchange

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// codecTypes has a column of each memory form.
var codecTypes = []types.Type{
	types.TBoolean, types.TTinyInt, types.TSmall, types.TInt, types.TBigInt, types.TDouble, types.DecimalOf(38, 4), types.TimestampOf(9), types.TString,
	types.ArrayOf(types.TString), types.MapOf(types.TInt, types.ArrayOf(types.TBigInt)),
	types.RowOf(types.Field{Name: "a", Type: types.TInt}, types.Field{Name: "b", Type: types.ArrayOf(types.TSmall)}),
}

// sample has n rows with NULLs, nested values, kinds and marks.
func sample(n int) *vector.Batch {
	b := vector.NewBatch(codecTypes, 0)
	for i := range n {
		for _, c := range b.Cols {
			fillColumn(c, i)
		}
		b.AppendKind(types.RowKind(i % 4))
		b.SetLen(i + 1)
		if i%3 == 0 {
			b.Mark(types.Instant(i * 100))
		}
	}
	return b
}

func fillColumn(v *vector.Vector, i int) {
	if i%7 == 3 {
		v.AppendNull()
		return
	}
	switch v.Phys() {
	case types.PhysBool:
		vector.Append(v, i%2 == 0)
	case types.PhysInt8:
		vector.Append(v, int8(i))
	case types.PhysInt16:
		vector.Append(v, int16(i*3))
	case types.PhysInt32:
		vector.Append(v, int32(i*5))
	case types.PhysInt64:
		vector.Append(v, int64(i)<<40)
	case types.PhysFloat64:
		vector.Append(v, float64(i)/3)
	case types.PhysWide:
		vector.Append(v, types.Int128{Lo: uint64(i), Hi: -1})
	case types.PhysStamp:
		vector.Append(v, types.Timestamp{Milli: int64(i), Nano: int32(i)})
	case types.PhysBytes:
		v.AppendString("string number"[:i%14])
	case types.PhysList:
		for _, c := range v.Children() {
			for k := range i % 3 {
				fillColumn(c, i+k)
			}
		}
		v.CloseList()
	case types.PhysStruct:
		for _, c := range v.Children() {
			fillColumn(c, i)
		}
		v.CloseStruct()
	}
}

func TestCodecRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 200} {
		b := sample(n)
		frame := AppendBatch(nil, b)
		got := vector.NewBatch(codecTypes, 0)
		if err := DecodeBatch(got, frame); err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		// Encoding is a function of what the batch means, so equal frames are
		// equal batches.
		if again := AppendBatch(nil, got); !bytes.Equal(again, frame) {
			t.Errorf("%d rows: decoded batch differs", n)
		}
		if got.Len() != n {
			t.Errorf("%d rows became %d", n, got.Len())
		}
	}
}

// FuzzDecodeBatch: no frame may panic, and what decodes encodes again.
func FuzzDecodeBatch(f *testing.F) {
	for _, n := range []int{0, 1, 20} {
		f.Add(AppendBatch(nil, sample(n)))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		b := vector.NewBatch(codecTypes, 0)
		if DecodeBatch(b, frame) != nil {
			return
		}
		again := vector.NewBatch(codecTypes, 0)
		if err := DecodeBatch(again, AppendBatch(nil, b)); err != nil {
			t.Fatalf("a decoded batch does not decode again: %v", err)
		}
	})
}

// FuzzReadFrame: no bytes may panic or make us allocate what they claim.
func FuzzReadFrame(f *testing.F) {
	good := appendFrame(nil, frameBarrier, 7, func(b []byte) []byte { return appendBarrier(b, element.CheckpointOptions{ID: 3, Stop: true}) })
	f.Add(good)
	f.Add(appendFrame(nil, frameBatch, 1, func(b []byte) []byte { return AppendBatch(b, sample(3)) }))
	f.Add([]byte{0xff, 0xff, 0xff, 0x3f, 1})
	f.Add(appendFrame(nil, frameLatency, 1, func(b []byte) []byte { return append(b, "0123456789ab source"...) }))
	f.Add(appendFrame(nil, frameLatency, 1, func(b []byte) []byte { return append(b, "short"...) }))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for {
			kind, _, payload, err := readFrame(r)
			if err != nil {
				return
			}
			if it, err := decodeElement(kind, payload); err == nil && it.frame != nil {
				_ = DecodeBatch(vector.NewBatch(codecTypes, 0), it.frame)
			}
		}
	})
}

func TestFrameChecksum(t *testing.T) {
	good := appendFrame(nil, frameIdle, 7, nil)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, _, _, err := readFrame(bufio.NewReader(bytes.NewReader(bad))); err == nil {
			t.Errorf("byte %d flipped: accepted", i)
		}
	}
}
