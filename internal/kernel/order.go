package kernel

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Order compares row i of a with row j of b, vectors of the same type: -1, 0
// or +1. NULL comes first and equals NULL; NaN comes last and equals NaN; lists
// and rows compare element by element, MAPs and MULTISETs as sets (equal or not).
func Order(a *vector.Vector, i int, b *vector.Vector, j int) int {
	if a.Const {
		i = 0
	}
	if b.Const {
		j = 0
	}
	switch x, y := a.IsNull(i), b.IsNull(j); {
	case x && y:
		return 0
	case x:
		return -1
	case y:
		return 1
	}
	switch a.Phys() {
	case types.PhysBool:
		return int(b2i(a.Bools()[i])) - int(b2i(b.Bools()[j]))
	case types.PhysInt8:
		return cmp.Compare(a.Int8s()[i], b.Int8s()[j])
	case types.PhysInt16:
		return cmp.Compare(a.Int16s()[i], b.Int16s()[j])
	case types.PhysInt32:
		return cmp.Compare(a.Int32s()[i], b.Int32s()[j])
	case types.PhysInt64:
		return cmp.Compare(a.Int64s()[i], b.Int64s()[j])
	case types.PhysFloat32:
		return orderFloats(a.Float32s()[i], b.Float32s()[j])
	case types.PhysFloat64:
		return orderFloats(a.Float64s()[i], b.Float64s()[j])
	case types.PhysWide:
		return a.Wides()[i].Cmp(b.Wides()[j])
	case types.PhysStamp:
		return OrderTimestamps(a.Timestamps()[i], b.Timestamps()[j])
	case types.PhysBytes:
		return bytes.Compare(a.Bytes(i), b.Bytes(j))
	case types.PhysList:
		return orderLists(a, i, b, j)
	case types.PhysStruct:
		for k, c := range a.Children() {
			if o := Order(c, i, b.Child(k), j); o != 0 {
				return o
			}
		}
	}
	return 0
}

func orderFloats[T Float](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	case x != x && y != y:
		return 0
	case x != x:
		return 1
	}
	return -1
}

func orderLists(a *vector.Vector, i int, b *vector.Vector, j int) int {
	af, at := a.List(i)
	bf, bt := b.List(j)
	if a.Type().Kind != types.Array {
		return orderMaps(a, af, at, b, bf, bt)
	}
	for x, y := af, bf; x < at && y < bt; x, y = x+1, y+1 {
		if o := Order(a.Child(0), x, b.Child(0), y); o != 0 {
			return o
		}
	}
	return cmp.Compare(at-af, bt-bf)
}

// orderMaps finds each entry of a in b; maps are small.
func orderMaps(a *vector.Vector, af, at int, b *vector.Vector, bf, bt int) int {
	if o := cmp.Compare(at-af, bt-bf); o != 0 {
		return o
	}
entries:
	for x := af; x < at; x++ {
		for y := bf; y < bt; y++ {
			if Order(a.Child(0), x, b.Child(0), y) == 0 && Order(a.Child(1), x, b.Child(1), y) == 0 {
				continue entries
			}
		}
		return -1
	}
	return 0
}

// Hash returns a hash of row i that is equal for rows that Order calls equal.
// The seed lives as long as the process.
func Hash(v *vector.Vector, i int) uint64 {
	if v.Const {
		i = 0
	}
	if v.IsNull(i) {
		return 0x9e3779b97f4a7c15
	}
	switch v.Phys() {
	case types.PhysBool:
		return mix(uint64(b2i(v.Bools()[i])))
	case types.PhysInt8:
		return mix(uint64(v.Int8s()[i]))
	case types.PhysInt16:
		return mix(uint64(v.Int16s()[i]))
	case types.PhysInt32:
		return mix(uint64(v.Int32s()[i]))
	case types.PhysInt64:
		return mix(uint64(v.Int64s()[i]))
	case types.PhysFloat32:
		return hashFloat(float64(v.Float32s()[i]))
	case types.PhysFloat64:
		return hashFloat(v.Float64s()[i])
	case types.PhysWide:
		x := v.Wides()[i]
		return mix(x.Lo ^ mix(uint64(x.Hi)))
	case types.PhysStamp:
		x := v.Timestamps()[i]
		return mix(uint64(x.Milli) ^ mix(uint64(x.Nano)))
	case types.PhysBytes:
		return maphash.Bytes(seed, v.Bytes(i))
	case types.PhysList:
		from, to := v.List(i)
		h := uint64(to - from)
		for j := from; j < to; j++ {
			e := Hash(v.Child(0), j)
			if v.Type().Kind != types.Array {
				h += mix(e ^ mix(Hash(v.Child(1), j)))
				continue
			}
			h = mix(h) ^ e
		}
		return mix(h)
	case types.PhysStruct:
		h := uint64(1)
		for _, c := range v.Children() {
			h = mix(h) ^ Hash(c, i)
		}
		return mix(h)
	}
	return 0
}

var seed = maphash.MakeSeed()

func hashFloat(f float64) uint64 {
	if f != f {
		return 0x7ff8
	}
	if f == 0 {
		f = 0 // -0 equals +0
	}
	return mix(math.Float64bits(f))
}

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
