package expr

import (
	"encoding/json"
	"errors"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/vector"
)

// scope is a list of steps over one set of rows: all rows of the batch, or the
// rows that reach an argument of a lazy form.
type scope struct {
	parent *scope
	env    *function.Env

	regs  []*vector.Vector
	steps []step
	known map[string]int // expression, encoded > register

	columns []column       // of the outermost scope
	imports []*importedReg // of the others
	marks   *marks         // of the batch; the outermost scope's
}

// column binds a register to a column of the batch.
type column struct{ reg, input int }

// importedReg is a register of the parent, for the rows that are here.
type importedReg struct {
	reg, from int
	own       *vector.Vector
}

// marks are the watermarks of the batch being evaluated.
type marks struct{ list []vector.Mark }

// step computes one register for n rows.
type step interface {
	run(s *scope, n int) error
}

func newScope(parent *scope, env *function.Env) *scope {
	s := &scope{parent: parent, env: env, known: map[string]int{}}
	if parent == nil {
		s.marks = &marks{}
	} else {
		s.marks = parent.marks
	}
	return s
}

// newReg makes a register; v is its vector if that stays the same.
func (s *scope) newReg(v *vector.Vector) int {
	s.regs = append(s.regs, v)
	return len(s.regs) - 1
}

// run evaluates the steps for n rows; the registers of columns are set.
func (s *scope) run(n int) error {
	for _, st := range s.steps {
		if err := st.run(s, n); err != nil {
			return err
		}
	}
	return nil
}

// enter takes over the rows sel of the parent's total rows and runs. Errors
// name rows of the parent.
func (s *scope) enter(sel []int32, total int) error {
	if len(sel) == 0 {
		return nil
	}
	all := len(sel) == total
	for _, im := range s.imports {
		v := s.parent.regs[im.from]
		if !all && !v.Const {
			if im.own == nil {
				im.own = vector.New(v.Type(), len(sel))
			}
			im.own.Gather(v, sel)
			v = im.own
		}
		s.regs[im.reg] = v
	}
	if err := s.run(len(sel)); err != nil {
		return outer(err, sel)
	}
	return nil
}

// outer makes an error of a row of the scope one of the parent's row.
func outer(err error, sel []int32) error {
	var row *function.RowError
	if errors.As(err, &row) {
		return &function.RowError{Row: int(sel[row.Row]), Err: row.Err}
	}
	return err
}

// encoded is the key under which an expression is known.
func encoded(e spec.Expr) string {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // plain data always encodes
	}
	return string(b)
}

// lookup finds the register of an expression that this scope or one around it
// has computed, and brings it here.
func (s *scope) lookup(key string) (int, bool) {
	if r, ok := s.known[key]; ok {
		return r, true
	}
	if s.parent == nil {
		return 0, false
	}
	r, ok := s.parent.lookup(key)
	if !ok {
		return 0, false
	}
	return s.bring(key, r), true
}

// bring imports register r of the parent; a constant is the same in all scopes.
func (s *scope) bring(key string, r int) int {
	if v := s.parent.regs[r]; v != nil && v.Const {
		return s.remember(key, s.newReg(v))
	}
	reg := s.newReg(nil)
	s.imports = append(s.imports, &importedReg{reg: reg, from: r})
	s.known[key] = reg
	return reg
}

// rowsOf fills sel with 0…n-1.
func rowsOf(sel []int32, n int) []int32 {
	if cap(sel) < n {
		sel = make([]int32, n)
	}
	sel = sel[:n]
	for i := range sel {
		sel[i] = int32(i)
	}
	return sel
}

// call is a step that calls a kernel.
type call struct {
	def    *function.Def
	kernel function.Kernel
	args   []int
	reg    int
	in     []*vector.Vector
	out    *vector.Vector
	append bool           // the kernel appends
	null   *vector.Vector // constant NULL, for strict calls with a constant NULL
}

func (c *call) run(s *scope, n int) error {
	constant := !c.def.Nondeterministic
	for i, r := range c.args {
		v := s.regs[r]
		c.in[i] = v
		if !v.Const {
			constant = false
		} else if c.def.Strict && v.IsNull(0) {
			s.regs[c.reg] = c.null
			return nil
		}
	}
	if constant {
		n = 1
	}
	c.out.Reset()
	if !c.append {
		c.out.Resize(n)
		if c.def.Strict {
			narrow(c.out, c.in, n)
		}
	}
	if err := c.kernel(c.in, c.out, n); err != nil {
		return err
	}
	if c.append && c.def.Strict {
		narrow(c.out, c.in, n)
	}
	c.out.Const = constant
	s.regs[c.reg] = c.out
	return nil
}

// narrow makes out NULL where one of args is.
func narrow(out *vector.Vector, args []*vector.Vector, n int) {
	for _, a := range args {
		if a.Const || !a.HasNulls() {
			continue
		}
		if out.HasNulls() {
			valid := out.Validity()[:(n+63)/64]
			kernel.And(valid, valid, a.Validity())
		} else {
			copy(out.OwnValidity(n), a.Validity())
		}
	}
}
