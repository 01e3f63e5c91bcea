package expr

import (
	"strings"

	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// logic is AND or OR: arguments in order, each for the rows that are not yet
// decided.
type logic struct {
	and      bool
	args     []branch
	reg      int
	out      *vector.Vector
	acc, arg kernel.Trits
	sel      []int32
}

func (s *scope) compileLogic(e spec.Expr, and bool) (int, error) {
	for _, a := range e.Args {
		// A constant that decides does so wherever it stands.
		if a.Literal != nil && !a.Literal.Null && strings.EqualFold(a.Literal.Text, "TRUE") != and {
			return s.compile(spec.Lit(e.Type, a.Literal.Text))
		}
	}
	l := &logic{and: and, out: vector.New(e.Type, vector.DefaultSize)}
	for _, a := range e.Args {
		b, err := s.branch(a)
		if err != nil {
			return 0, err
		}
		l.args = append(l.args, b)
	}
	l.reg = s.newReg(nil)
	s.steps = append(s.steps, l)
	return l.reg, nil
}

func (l *logic) run(s *scope, n int) error {
	l.out.Reset()
	l.out.Resize(n)
	s.regs[l.reg] = l.out
	if l.plain(s) {
		x, y := s.regs[l.args[0].reg].Bools(), s.regs[l.args[1].reg].Bools()
		if l.and {
			kernel.All(l.out.Bools(), x, y)
		} else {
			kernel.Any(l.out.Bools(), x, y)
		}
		return nil
	}
	nulls := false
	for i, b := range l.args {
		if i > 0 && b.scope != nil {
			if err := l.rest(s, b, n); err != nil {
				return err
			}
			nulls = true
			continue
		}
		l.sel = rowsOf(l.sel, n)
		v, _, err := b.eval(s, l.sel, n)
		if err != nil {
			return err
		}
		nulls = nulls || v.HasNulls()
		t := &l.arg
		if i == 0 {
			t = &l.acc
		}
		t.Load(v.Bools(), v.Validity(), n)
		if i > 0 {
			l.combine()
		}
	}
	var valid []uint64
	if nulls {
		valid = l.out.OwnValidity(n)
	}
	l.acc.Store(l.out.Bools(), valid)
	return nil
}

// plain reports two arguments without NULLs, evaluated for all rows.
func (l *logic) plain(s *scope) bool {
	if len(l.args) != 2 {
		return false
	}
	for _, b := range l.args {
		if b.scope != nil || s.regs[b.reg].HasNulls() {
			return false
		}
	}
	return true
}

func (l *logic) combine() {
	if l.and {
		l.acc.And(&l.arg)
	} else {
		l.acc.Or(&l.arg)
	}
}

// rest evaluates an argument for the rows that the ones before leave open.
func (l *logic) rest(s *scope, b branch, n int) error {
	decided := l.acc.True
	if l.and {
		decided = l.acc.False
	}
	l.sel = l.sel[:0]
	for i := range n {
		if decided[i>>6]>>(i&63)&1 == 0 {
			l.sel = append(l.sel, int32(i))
		}
	}
	if len(l.sel) == 0 {
		return nil
	}
	v, _, err := b.eval(s, l.sel, n)
	if err != nil {
		return err
	}
	// Rows that are decided get the neutral truth.
	l.arg.Neutral(l.and, n)
	for j, i := range l.sel {
		switch {
		case v.IsNull(j):
			l.arg.Set(int(i), false, false)
		case kernel.At[bool](v, j):
			l.arg.Set(int(i), true, false)
		default:
			l.arg.Set(int(i), false, true)
		}
	}
	l.combine()
	return nil
}

// choice is CASE or COALESCE: each row takes the value of one branch.
type choice struct {
	conds  []branch // of CASE; COALESCE has none
	values []branch
	reg    int
	merge  merger

	open, taken, left []int32
}

func (s *scope) compileCase(e spec.Expr) (int, error) {
	c := &choice{}
	for i, a := range e.Args {
		b, err := s.branch(a)
		if err != nil {
			return 0, err
		}
		if i%2 == 0 && i+1 < len(e.Args) {
			c.conds = append(c.conds, b)
		} else {
			c.values = append(c.values, b)
		}
	}
	return s.addChoice(c, e.Type), nil
}

func (s *scope) compileCoalesce(e spec.Expr) (int, error) {
	c := &choice{}
	for _, a := range e.Args {
		b, err := s.branch(a)
		if err != nil {
			return 0, err
		}
		c.values = append(c.values, b)
	}
	return s.addChoice(c, e.Type), nil
}

func (s *scope) addChoice(c *choice, t types.Type) int {
	c.merge.out = vector.New(t, vector.DefaultSize)
	c.reg = s.newReg(nil)
	s.steps = append(s.steps, c)
	return c.reg
}

func (c *choice) run(s *scope, n int) error {
	c.open = rowsOf(c.open, n)
	c.merge.begin(n)
	var err error
	if c.conds == nil {
		err = c.coalesce(s, n)
	} else {
		err = c.cases(s, n)
	}
	if err != nil {
		return err
	}
	s.regs[c.reg] = c.merge.end()
	return nil
}

func (c *choice) cases(s *scope, n int) error {
	for k, cond := range c.conds {
		if len(c.open) == 0 {
			return nil
		}
		v, whole, err := cond.eval(s, c.open, n)
		if err != nil {
			return err
		}
		c.taken, c.left = c.taken[:0], c.left[:0]
		for j, row := range c.open {
			at := j
			if whole {
				at = int(row)
			}
			if !v.IsNull(at) && kernel.At[bool](v, at) {
				c.taken = append(c.taken, row)
			} else {
				c.left = append(c.left, row)
			}
		}
		if err := c.take(s, c.values[k], c.taken, n); err != nil {
			return err
		}
		c.open, c.left = c.left, c.open
	}
	return c.take(s, c.values[len(c.values)-1], c.open, n)
}

func (c *choice) take(s *scope, b branch, sel []int32, n int) error {
	if len(sel) == 0 {
		return nil
	}
	v, whole, err := b.eval(s, sel, n)
	if err == nil {
		c.merge.put(v, sel, whole)
	}
	return err
}

func (c *choice) coalesce(s *scope, n int) error {
	for k, b := range c.values {
		if len(c.open) == 0 {
			return nil
		}
		v, whole, err := b.eval(s, c.open, n)
		if err != nil {
			return err
		}
		c.merge.put(v, c.open, whole)
		if !v.HasNulls() || k == len(c.values)-1 {
			return nil
		}
		c.left = c.left[:0]
		for j, row := range c.open {
			if at := j; v.IsNull(pick(at, row, whole)) {
				c.left = append(c.left, row)
			}
		}
		c.open, c.left = c.left, c.open
	}
	return nil
}

func pick(j int, row int32, whole bool) int {
	if whole {
		return int(row)
	}
	return j
}

// merger puts together the rows of branches. A row may be put again: the last
// one counts.
type merger struct {
	out  *vector.Vector
	base []byte
	n    int
	// Rows of lists and rows are only noted, since they cannot be written out
	// of order: row i is row at[i] of from[i].
	from []*vector.Vector
	at   []int32
}

func (m *merger) begin(n int) {
	m.n = n
	m.out.Reset()
	switch m.out.Phys() {
	case types.PhysList, types.PhysStruct:
		if cap(m.from) < n {
			m.from, m.at = make([]*vector.Vector, n), make([]int32, n)
		}
		m.from, m.at = m.from[:n], m.at[:n]
	default:
		m.out.Resize(n)
		m.base = m.base[:0]
	}
}

// put writes the rows sel: from rows sel of v if whole, else from 0, 1, ….
func (m *merger) put(v *vector.Vector, sel []int32, whole bool) {
	switch m.out.Phys() {
	case types.PhysBool:
		scatter[bool](m.out, v, sel, whole)
	case types.PhysInt8:
		scatter[int8](m.out, v, sel, whole)
	case types.PhysInt16:
		scatter[int16](m.out, v, sel, whole)
	case types.PhysInt32:
		scatter[int32](m.out, v, sel, whole)
	case types.PhysInt64:
		scatter[int64](m.out, v, sel, whole)
	case types.PhysFloat32:
		scatter[float32](m.out, v, sel, whole)
	case types.PhysFloat64:
		scatter[float64](m.out, v, sel, whole)
	case types.PhysWide:
		scatter[types.Int128](m.out, v, sel, whole)
	case types.PhysStamp:
		scatter[types.Timestamp](m.out, v, sel, whole)
	case types.PhysBytes:
		m.putBytes(v, sel, whole)
	default:
		for j, row := range sel {
			m.from[row], m.at[row] = v, int32(pick(j, row, whole))
		}
		return
	}
	if v.HasNulls() {
		for j, row := range sel {
			if v.IsNull(pick(j, row, whole)) {
				m.out.SetNull(int(row))
			} else if m.out.HasNulls() {
				m.out.SetValid(int(row))
			}
		}
	} else if m.out.HasNulls() {
		for _, row := range sel {
			m.out.SetValid(int(row))
		}
	}
}

func scatter[T vector.Fixed](out, v *vector.Vector, sel []int32, whole bool) {
	to, from := vector.Slice[T](out), vector.Slice[T](v)
	switch {
	case v.Const:
		x := from[0]
		for _, row := range sel {
			to[row] = x
		}
	case whole:
		for _, row := range sel {
			to[row] = from[row]
		}
	default:
		from = from[:len(sel)]
		for j, row := range sel {
			to[row] = from[j]
		}
	}
}

func (m *merger) putBytes(v *vector.Vector, sel []int32, whole bool) {
	refs := m.out.Refs()
	if v.Const {
		r := m.store(v.Bytes(0))
		for _, row := range sel {
			refs[row] = r
		}
		return
	}
	for j, row := range sel {
		refs[row] = m.store(v.Bytes(pick(j, row, whole)))
	}
}

func (m *merger) store(b []byte) vector.Ref {
	off := len(m.base)
	m.base = append(m.base, b...)
	return vector.Ref{Off: uint32(off), Len: uint32(len(b))}
}

func (m *merger) end() *vector.Vector {
	switch m.out.Phys() {
	case types.PhysList, types.PhysStruct:
		for i, v := range m.from {
			m.out.AppendFrom(v, int(m.at[i]))
		}
	case types.PhysBytes:
		m.out.SetBase(m.base, false)
	}
	return m.out
}
