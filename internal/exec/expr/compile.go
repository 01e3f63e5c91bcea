package expr

import (
	"fmt"
	"slices"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// compile returns the register that holds e.
func (s *scope) compile(e spec.Expr) (int, error) {
	key := encoded(e)
	if r, ok := s.lookup(key); ok {
		return r, nil
	}
	var (
		r   int
		err error
	)
	switch {
	case e.Literal != nil:
		var v *vector.Vector
		if v, err = Constant(e.Type, *e.Literal); err == nil {
			r = s.newReg(v)
		}
	case e.Column != nil:
		if s.parent != nil {
			if r, err = s.parent.compile(e); err == nil {
				return s.bring(key, r), nil
			}
			break
		}
		r = s.newReg(nil)
		s.columns = append(s.columns, column{r, *e.Column})
	default:
		return s.compileCall(e, key)
	}
	if err != nil {
		return 0, err
	}
	s.known[key] = r
	return r, nil
}

func (s *scope) compileCall(e spec.Expr, key string) (int, error) {
	if plain, ok, err := desugar(e); err != nil {
		return 0, err
	} else if ok {
		r, err := s.compile(plain)
		s.known[key] = r
		return r, err
	}
	def, err := find(e)
	if err != nil {
		return 0, err
	}
	if def.Name == currentWatermark {
		if s.parent == nil {
			return s.remember(key, s.compileWatermark(e)), nil
		}
		// The marks stand between the rows of the whole batch.
		r, err := s.parent.compile(e)
		if err != nil {
			return 0, err
		}
		return s.bring(key, r), nil
	}
	var r int
	switch {
	case !def.Lazy:
		r, err = s.compileKernel(e, def)
	case foldable(e, s.env):
		r, err = s.compileConstantForm(e, def)
	default:
		r, err = s.compileLazy(e, def)
	}
	if err != nil {
		return 0, err
	}
	if !nondeterministic(e) {
		s.known[key] = r
	}
	return r, nil
}

func (s *scope) remember(key string, r int) int {
	s.known[key] = r
	return r
}

func find(e spec.Expr) (*function.Def, error) {
	def := function.Find(e.Call)
	if def == nil || def.Class != function.Scalar || def.Make == nil && !def.Lazy {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan,
			Message: fmt.Sprintf("function %s cannot be evaluated", e.Call)}
	}
	return def, nil
}

func (s *scope) compileKernel(e spec.Expr, def *function.Def) (int, error) {
	c := &call{def: def, append: def.AppendsTo(e.Type), args: make([]int, len(e.Args)), in: make([]*vector.Vector, len(e.Args))}
	argTypes := make([]types.Type, len(e.Args))
	consts := make([]*vector.Vector, len(e.Args))
	for i, a := range e.Args {
		r, err := s.compile(a)
		if err != nil {
			return 0, err
		}
		c.args[i], argTypes[i] = r, a.Type
		if v := s.regs[r]; v != nil && v.Const {
			consts[i] = v
		}
	}
	k, err := def.Make(s.env, argTypes, consts, e.Type)
	if err != nil {
		return 0, err
	}
	c.kernel, c.out = k, vector.New(e.Type, vector.DefaultSize)
	if def.Strict {
		c.null = nullConstant(e.Type)
	}
	c.reg = s.newReg(nil)
	if constant(def, s.env) && !slices.Contains(consts, nil) {
		// A call that fails is left to run time: perhaps no row reaches it.
		if err := c.run(s, 1); err == nil {
			return c.reg, nil
		}
		s.regs[c.reg] = nil
	}
	s.steps = append(s.steps, c)
	return c.reg, nil
}

func (s *scope) compileLazy(e spec.Expr, def *function.Def) (int, error) {
	switch def.Name {
	case "AND":
		return s.compileLogic(e, true)
	case "OR":
		return s.compileLogic(e, false)
	case "CASE":
		return s.compileCase(e)
	case "COALESCE":
		return s.compileCoalesce(e)
	}
	return 0, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: fmt.Sprintf("%s cannot be evaluated", e.Call)}
}

// compileConstantForm computes a lazy form without columns, once, in a scope
// of its own.
func (s *scope) compileConstantForm(e spec.Expr, def *function.Def) (int, error) {
	alone := newScope(nil, s.env)
	r, err := alone.compileLazy(e, def)
	if err != nil {
		return 0, err
	}
	if alone.run(1) != nil {
		return s.compileLazy(e, def)
	}
	v := vector.New(e.Type, 1)
	v.AppendFrom(alone.regs[r], 0)
	v.Const = true
	return s.newReg(v), nil
}

// branch is an argument of a lazy form: a register of the scope around it, or
// a scope of its own.
type branch struct {
	scope *scope // nil: reg is the outer scope's and has all rows
	reg   int
}

// branch compiles an argument of a lazy form.
func (s *scope) branch(e spec.Expr) (branch, error) {
	if s.inlines(e) {
		r, err := s.compile(e)
		return branch{reg: r}, err
	}
	sub := newScope(s, s.env)
	r, err := sub.compile(e)
	if err == nil && len(sub.steps) == 0 {
		if v := sub.regs[r]; v != nil {
			return branch{reg: s.newReg(v)}, nil // it has become a constant
		}
		r, err = s.compile(e)
		return branch{reg: r}, err
	}
	return branch{sub, r}, err
}

// eval evaluates the branch for the rows sel of n. whole tells whether the
// vector's rows are those of the outer scope rather than of sel.
func (b branch) eval(s *scope, sel []int32, n int) (v *vector.Vector, whole bool, err error) {
	if b.scope == nil {
		return s.regs[b.reg], true, nil
	}
	if err := b.scope.enter(sel, n); err != nil {
		return nil, false, err
	}
	return b.scope.regs[b.reg], false, nil
}

// inlines reports whether e is cheap and cannot fail, so that it may be
// evaluated for rows that do not need it.
func (s *scope) inlines(e spec.Expr) bool {
	if e.Call == "" {
		return true
	}
	if _, ok := s.lookup(encoded(e)); ok {
		return true
	}
	if plain, ok, err := desugar(e); err != nil {
		return false
	} else if ok {
		return s.inlines(plain)
	}
	def := function.Find(e.Call)
	if def == nil || def.Nondeterministic || def.AppendsTo(e.Type) || canFail(def, e) || def.Costly {
		return false
	}
	for _, a := range e.Args {
		if !s.inlines(a) {
			return false
		}
	}
	return true
}

func canFail(def *function.Def, e spec.Expr) bool {
	if !def.Partial {
		return false
	}
	if def.Total == nil {
		return true
	}
	args := make([]types.Type, len(e.Args))
	for i, a := range e.Args {
		args[i] = a.Type
	}
	return !def.Total(args, e.Type)
}

func nondeterministic(e spec.Expr) bool {
	if e.Call == "" {
		return false
	}
	if def := function.Find(e.Call); def != nil && def.Nondeterministic {
		return true
	}
	for _, a := range e.Args {
		if nondeterministic(a) {
			return true
		}
	}
	return false
}

// foldable reports whether e has one value for all rows.
func foldable(e spec.Expr, env *function.Env) bool {
	if e.Column != nil {
		return false
	}
	if e.Call == "" {
		return true
	}
	def := function.Find(e.Call)
	if def == nil || !constant(def, env) {
		return false
	}
	for _, a := range e.Args {
		if !foldable(a, env) {
			return false
		}
	}
	return true
}

// constant reports whether calls of def with constant arguments have one value.
func constant(def *function.Def, env *function.Env) bool {
	return !def.Nondeterministic && !(def.Dynamic && !env.Batch) && def.Name != currentWatermark
}
