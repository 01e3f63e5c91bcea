package vector

import "github.com/flott/flott/types"

// Truncate drops the rows from n on; bytes of their strings stay in the base.
func (v *Vector) Truncate(n int) {
	if n >= v.n {
		return
	}
	switch v.phys {
	case types.PhysList:
		end := int(v.Offsets()[n])
		for _, c := range v.children {
			c.Truncate(end)
		}
	case types.PhysStruct:
		for _, c := range v.children {
			c.Truncate(n)
		}
	}
	v.n = n
}
