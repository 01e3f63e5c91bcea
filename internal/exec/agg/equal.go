package agg

import (
	"bytes"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Equal reports that rows i and j of a column are the same value; NULL equals
// NULL.
func Equal(v *vector.Vector, i, j int) bool {
	if v.IsNull(i) || v.IsNull(j) {
		return v.IsNull(i) && v.IsNull(j)
	}
	switch v.Phys() {
	case types.PhysBool:
		return v.Bools()[i] == v.Bools()[j]
	case types.PhysInt8:
		return v.Int8s()[i] == v.Int8s()[j]
	case types.PhysInt16:
		return v.Int16s()[i] == v.Int16s()[j]
	case types.PhysInt32:
		return v.Int32s()[i] == v.Int32s()[j]
	case types.PhysInt64:
		return v.Int64s()[i] == v.Int64s()[j]
	case types.PhysFloat32:
		return v.Float32s()[i] == v.Float32s()[j]
	case types.PhysFloat64:
		return v.Float64s()[i] == v.Float64s()[j]
	case types.PhysWide:
		return v.Wides()[i] == v.Wides()[j]
	case types.PhysStamp:
		a, b := v.Timestamps()[i], v.Timestamps()[j]
		return a.Milli == b.Milli && a.Nano == b.Nano
	case types.PhysBytes:
		return bytes.Equal(v.Bytes(i), v.Bytes(j))
	case types.PhysList:
		from, to := v.List(i)
		from2, to2 := v.List(j)
		if to-from != to2-from2 {
			return false
		}
		for _, c := range v.Children() {
			for k := range to - from {
				if !Equal(c, from+k, from2+k) {
					return false
				}
			}
		}
	case types.PhysStruct:
		for _, c := range v.Children() {
			if !Equal(c, i, j) {
				return false
			}
		}
	}
	return true
}
