package rowkey

import (
	"encoding/binary"
	"math"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// nested encodes values of ARRAY, MULTISET, MAP and ROW one by one:
//
//	list   count u32, then the elements of each child in turn
//	row    its fields in turn
//
// each element with a byte before it that is 1 for NULL; strings with their
// length u32.
type nested struct {
	phys     types.Phys
	children []*nested
}

func newNested(t types.Type) *nested {
	n := &nested{phys: t.Phys()}
	for _, c := range t.Children() {
		n.children = append(n.children, newNested(c))
	}
	return n
}

// encode adds the bytes of row i, which is not NULL.
func (n *nested) encode(b []byte, v *vector.Vector, i int) []byte {
	switch n.phys {
	case types.PhysBool:
		if v.Bools()[i] {
			return append(b, 1)
		}
		return append(b, 0)
	case types.PhysInt8:
		return append(b, byte(v.Int8s()[i]))
	case types.PhysInt16:
		return binary.LittleEndian.AppendUint16(b, uint16(v.Int16s()[i]))
	case types.PhysInt32:
		return binary.LittleEndian.AppendUint32(b, uint32(v.Int32s()[i]))
	case types.PhysInt64:
		return binary.LittleEndian.AppendUint64(b, uint64(v.Int64s()[i]))
	case types.PhysFloat32:
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(v.Float32s()[i]))
	case types.PhysFloat64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float64s()[i]))
	case types.PhysWide:
		x := v.Wides()[i]
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, x.Lo), uint64(x.Hi))
	case types.PhysStamp:
		x := v.Timestamps()[i]
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(b, uint64(x.Milli)), uint32(x.Nano))
	case types.PhysBytes:
		s := v.Bytes(i)
		return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	case types.PhysList:
		from, to := v.List(i)
		b = binary.LittleEndian.AppendUint32(b, uint32(to-from))
		for k, c := range n.children {
			for j := from; j < to; j++ {
				b = c.encodeNullable(b, v.Child(k), j)
			}
		}
	case types.PhysStruct:
		for k, c := range n.children {
			b = c.encodeNullable(b, v.Child(k), i)
		}
	}
	return b
}

func (n *nested) encodeNullable(b []byte, v *vector.Vector, i int) []byte {
	if n.phys == types.PhysNone || v.IsNull(i) {
		return append(b, 1)
	}
	return n.encode(append(b, 0), v, i)
}

// append decodes one value that is not NULL and returns the bytes behind it.
func (n *nested) append(v *vector.Vector, b []byte) []byte {
	le := binary.LittleEndian
	switch n.phys {
	case types.PhysBool:
		vector.Append(v, b[0] != 0)
		return b[1:]
	case types.PhysInt8:
		vector.Append(v, int8(b[0]))
		return b[1:]
	case types.PhysInt16:
		vector.Append(v, int16(le.Uint16(b)))
		return b[2:]
	case types.PhysInt32:
		vector.Append(v, int32(le.Uint32(b)))
		return b[4:]
	case types.PhysInt64:
		vector.Append(v, int64(le.Uint64(b)))
		return b[8:]
	case types.PhysFloat32:
		vector.Append(v, math.Float32frombits(le.Uint32(b)))
		return b[4:]
	case types.PhysFloat64:
		vector.Append(v, math.Float64frombits(le.Uint64(b)))
		return b[8:]
	case types.PhysWide:
		vector.Append(v, types.Int128{Lo: le.Uint64(b), Hi: int64(le.Uint64(b[8:]))})
		return b[16:]
	case types.PhysStamp:
		vector.Append(v, types.Timestamp{Milli: int64(le.Uint64(b)), Nano: int32(le.Uint32(b[8:]))})
		return b[12:]
	case types.PhysBytes:
		n := le.Uint32(b)
		v.AppendBytes(b[4 : 4+n])
		return b[4+n:]
	case types.PhysList:
		count := int(le.Uint32(b))
		b = b[4:]
		for k, c := range n.children {
			for range count {
				b = c.appendNullable(v.Child(k), b)
			}
		}
		v.CloseList()
	case types.PhysStruct:
		for k, c := range n.children {
			b = c.appendNullable(v.Child(k), b)
		}
		v.CloseStruct()
	}
	return b
}

func (n *nested) appendNullable(v *vector.Vector, b []byte) []byte {
	if b[0] != 0 {
		v.AppendNull()
		return b[1:]
	}
	return n.append(v, b[1:])
}
