package opt

import (
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
)

// Options are the optimizer's surroundings.
type Options struct {
	// Fold computes the constant parts of an expression; what is not
	// deterministic or fails it leaves as it is (it then fails when it runs, if
	// it is reached at all). Nil = nothing is computed.
	Fold func(e spec.Expr) spec.Expr
	// Deterministic reports whether a call gives the same value each time.
	Deterministic func(call string) bool
}

// Optimize returns better plans for the roots of one job. Equal scans of the
// roots read the same columns, so that they can be one source.
func Optimize(roots []plan.Node, o Options) []plan.Node {
	if o.Deterministic == nil {
		o.Deterministic = func(string) bool { return true }
	}
	out := make([]plan.Node, len(roots))
	for i, r := range roots {
		r = o.bottomUp(r, expandSetOp)
		r = o.bottomUp(r, o.foldNode)
		r = o.pushFilters(r)
		r = o.bottomUp(r, o.mergeProjects)
		out[i] = r
	}
	scans := &scanNeeds{columns: map[string]map[string]bool{}, recording: true}
	for _, r := range out {
		prune(r, all(len(r.Fields())), scans)
	}
	scans.recording = false
	for i, r := range out {
		r, m := prune(r, all(len(r.Fields())), scans)
		r = narrow(r, m, all(len(m)))
		out[i] = o.bottomUp(r, o.mergeProjects)
	}
	return out
}

// bottomUp applies f to every node, inputs first; a shared node once.
func (o Options) bottomUp(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	done := map[plan.Node]plan.Node{}
	var walk func(plan.Node) plan.Node
	walk = func(n plan.Node) plan.Node {
		if r, ok := done[n]; ok {
			return r
		}
		in := n.Inputs()
		next := make([]plan.Node, len(in))
		changed := false
		for i, x := range in {
			next[i] = walk(x)
			changed = changed || next[i] != x
		}
		r := n
		if changed {
			r = n.WithInputs(next...)
		}
		r = f(r)
		done[n] = r
		return r
	}
	return walk(n)
}

// fold computes the constant parts of e.
func (o Options) fold(e spec.Expr) spec.Expr {
	if o.Fold == nil || e.Column != nil || e.Literal != nil {
		return e
	}
	return o.Fold(e)
}

func (o Options) deterministic(e spec.Expr) bool {
	ok := true
	plan.Walk(e, func(x spec.Expr) {
		ok = ok && (x.Call == "" || o.Deterministic(x.Call))
	})
	return ok
}

func (o Options) foldAll(es []spec.Expr) []spec.Expr {
	out := make([]spec.Expr, len(es))
	for i, e := range es {
		out[i] = o.fold(e)
	}
	return out
}

func (o Options) foldNode(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Project:
		c := *n
		c.Exprs = o.foldAll(n.Exprs)
		return &c
	case *plan.Filter:
		c := *n
		c.Condition = o.fold(n.Condition)
		if l := c.Condition.Literal; l != nil && !l.Null && l.Text == "TRUE" {
			return n.Input
		}
		return &c
	case *plan.Join:
		if n.On != nil {
			c := *n
			on := o.fold(*n.On)
			c.On = &on
			if on.Literal != nil && on.Literal.Text == "TRUE" {
				c.On = nil
			}
			return &c
		}
	}
	return n
}

// substitute replaces columns of e by the expressions that compute them.
func substitute(e spec.Expr, by []spec.Expr) spec.Expr {
	return plan.MapColumns(e, func(c int, _ typ) spec.Expr { return by[c] })
}

// mergeProjects makes one Project of two where that repeats no work, and
// removes one that changes nothing.
func (o Options) mergeProjects(n plan.Node) plan.Node {
	p, ok := n.(*plan.Project)
	if !ok {
		return n
	}
	in, ok := p.Input.(*plan.Project)
	if !ok {
		if identity(p) {
			return p.Input
		}
		return n
	}
	uses := make([]int, len(in.Exprs))
	for _, e := range p.Exprs {
		plan.Walk(e, func(x spec.Expr) {
			if x.Column != nil {
				uses[*x.Column]++
			}
		})
	}
	for i, e := range in.Exprs {
		if e.Call != "" && (uses[i] > 1 || !o.deterministic(e)) {
			return n
		}
	}
	c := *p
	c.Input = in.Input
	c.Exprs = make([]spec.Expr, len(p.Exprs))
	for i, e := range p.Exprs {
		c.Exprs[i] = substitute(e, in.Exprs)
	}
	return o.mergeProjects(&c)
}

// identity reports a Project that passes its input on under the same names and types.
func identity(p *plan.Project) bool {
	in := p.Input.Fields()
	if len(in) != len(p.Exprs) {
		return false
	}
	for i, e := range p.Exprs {
		if e.Column == nil || *e.Column != i || in[i].Name != p.Out[i].Name || !in[i].Type.Equal(p.Out[i].Type) || in[i].Type.Attr != p.Out[i].Type.Attr {
			return false
		}
	}
	return true
}
