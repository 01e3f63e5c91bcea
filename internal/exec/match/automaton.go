package match

import "github.com/flott/flott/internal/spec"

// node is a state of the automaton. It stands for one row of a variable.
type node struct {
	name  int // the variable whose row a take is
	start bool
	final bool
	edges []edge
}

// edge leads to another node: by taking the row, or without (an epsilon).
type edge struct {
	take  bool
	to    int
	conds []cond // all have to hold
}

// cond is the condition of a variable, or its opposite.
type cond struct {
	of  int
	not bool
}

// automaton is the nodes of a pattern; the first is the end.
type automaton struct {
	nodes []node
	start int
}

// compile builds the automaton of a sequence of variables, from its end.
func compile(vars []spec.PatternVar) *automaton {
	a := &automaton{nodes: []node{{final: true, name: -1}}}
	sink := 0
	for i := len(vars) - 1; i >= 0; i-- {
		sink = a.variable(i, vars[i], sink)
	}
	a.start = sink
	a.nodes[sink].start = true
	return a
}

func (a *automaton) add(name int) int {
	a.nodes = append(a.nodes, node{name: name})
	return len(a.nodes) - 1
}

// variable adds the nodes of one variable in front of sink.
func (a *automaton) variable(name int, v spec.PatternVar, sink int) int {
	optional := v.Min == 0
	from, to := max(v.Min, 1), v.Max
	// Optional or an exact number: there is nothing to be greedy about.
	greedy := !v.Reluctant && !(v.Min == 0 && v.Max == 1) && v.Min != v.Max
	last := sink
	if v.Max < 0 {
		last = a.loop(name, sink, greedy)
		to = from
	} else if greedy && from != to {
		a.refuse(sink, name)
	}
	for range to - from {
		last = a.single(name, last, sink, true)
	}
	for range from - 1 {
		last = a.single(name, last, sink, false)
	}
	return a.single(name, last, sink, optional)
}

// single adds a node that takes one row of a variable; an optional one may be
// passed over.
func (a *automaton) single(name, sink, proceed int, optional bool) int {
	n := a.add(name)
	a.nodes[n].edges = append(a.nodes[n].edges, edge{take: true, to: sink, conds: []cond{{of: name}}})
	if optional {
		a.nodes[n].edges = append(a.nodes[n].edges, edge{to: proceed})
	}
	return n
}

// loop adds a node that takes any number of rows.
func (a *automaton) loop(name, sink int, greedy bool) int {
	n := a.add(name)
	if greedy {
		a.refuse(sink, name)
	}
	a.nodes[n].edges = append(a.nodes[n].edges, edge{to: sink}, edge{take: true, to: n, conds: []cond{{of: name}}})
	return n
}

// refuse makes a greedy variable win: the node behind it only gets rows that are
// not the variable's.
func (a *automaton) refuse(n, name int) {
	for i := range a.nodes[n].edges {
		e := &a.nodes[n].edges[i]
		e.conds = append(e.conds, cond{of: name, not: true})
	}
}

// run is a match under way, or with node 0 a complete one.
type run struct {
	node  int
	first int64 // number of its first row; none before that
	time  int64 // of its first row
	rows  []taken
}

// taken is a row of a run and its variable.
type taken struct {
	name int
	row  int64
}

// none is the first row of a run that has not begun: later than every other.
const none = int64(1)<<62 - 1

// runs is java.util.PriorityQueue by first row: which of equal runs comes first
// is part of the semantics.
type runs []*run

func (q *runs) add(r *run) {
	h := append(*q, r)
	k := len(h) - 1
	for k > 0 {
		p := (k - 1) / 2
		if r.first >= h[p].first {
			break
		}
		h[k] = h[p]
		k = p
	}
	h[k] = r
	*q = h
}

func (q *runs) poll() *run {
	h := *q
	top := h[0]
	last := h[len(h)-1]
	h = h[:len(h)-1]
	if len(h) > 0 {
		h[0] = last
		h.down(0)
	}
	*q = h
	return top
}

func (q runs) down(k int) {
	x := q[k]
	for k < len(q)/2 {
		c := 2*k + 1
		if c+1 < len(q) && q[c].first > q[c+1].first {
			c++
		}
		if x.first <= q[c].first {
			break
		}
		q[k] = q[c]
		k = c
	}
	q[k] = x
}

// remove drops runs, as removeAll does: the rest keeps its places and is heaped
// again.
func (q *runs) remove(drop func(*run) bool) {
	var h runs
	for _, r := range *q {
		if !drop(r) {
			h = append(h, r)
		}
	}
	if len(h) != len(*q) {
		for i := len(h)/2 - 1; i >= 0; i-- {
			h.down(i)
		}
	}
	*q = h
}

// partition is the automaton's runs in one partition.
type partition struct {
	partial  runs
	complete runs
}

// tester tells whether a row, the current one, is a variable's row for a run.
type tester func(r *run, name int) (bool, error)

// search finds matches.
type search struct {
	*automaton
	skip    spec.MatchSkip
	skipVar int
	within  int64
}

// begin returns a partition before its first row.
func (s *search) begin() *partition {
	p := &partition{}
	p.partial.add(&run{node: s.start, first: none})
	return p
}

// step feeds a row to all runs and returns the matches that are found.
func (s *search) step(p *partition, row, time int64, test tester) ([]*run, error) {
	var partial, found runs
	for _, r := range p.partial {
		next, err := s.next(r, row, time, test)
		if err != nil {
			return nil, err
		}
		for _, n := range next {
			if s.nodes[n.node].final {
				found.add(n)
			} else {
				partial.add(n)
			}
		}
	}
	p.partial = partial
	for _, r := range found {
		p.complete.add(r)
	}
	return s.choose(p)
}

// expire drops the runs that WITHIN has ended at a time.
func (s *search) expire(p *partition, time int64) ([]*run, error) {
	if s.within == 0 {
		return nil, nil
	}
	var partial runs
	for _, r := range p.partial {
		if s.nodes[r.node].start || time-r.time < s.within {
			partial.add(r)
		}
	}
	if len(partial) == len(p.partial) {
		return nil, nil
	}
	p.partial = partial
	return s.choose(p)
}

// choose returns complete matches that no run which began earlier may still
// beat, and drops what overlaps them.
func (s *search) choose(p *partition) ([]*run, error) {
	var out []*run
	for len(p.complete) > 0 && (len(p.partial) == 0 || p.complete[0].first <= p.partial[0].first) {
		m := p.complete.poll()
		limit, inclusive, err := s.limit(m)
		if err != nil {
			return nil, err
		}
		drop := func(r *run) bool {
			return r.first != none && (r.first < limit || inclusive && r.first == limit)
		}
		p.partial.remove(drop)
		p.complete.remove(drop)
		out = append(out, m)
	}
	return out, nil
}

// limit returns the row up to which no other match may begin.
func (s *search) limit(m *run) (row int64, inclusive bool, err error) {
	switch s.skip {
	case spec.SkipPastLast:
		return m.rows[len(m.rows)-1].row, true, nil
	case spec.SkipToNext:
		return m.rows[0].row, true, nil
	}
	row = -1
	for _, t := range m.rows {
		if t.name == s.skipVar && (row < 0 || s.skip == spec.SkipToLast) {
			row = t.row
		}
	}
	switch {
	case row < 0:
		return 0, false, errSkip("the match has no row of that variable")
	case row == m.rows[0].row:
		return 0, false, errSkip("it is the first row of the match, which would be found again and again")
	}
	return row, false, nil
}

// next returns what becomes of a run with the next row.
func (s *search) next(r *run, row, time int64, test tester) ([]*run, error) {
	known := map[int]bool{}
	holds := func(e edge) (bool, error) {
		for _, c := range e.conds {
			ok, seen := known[c.of]
			if !seen {
				var err error
				if ok, err = test(r, c.of); err != nil {
					return false, err
				}
				known[c.of] = ok
			}
			if ok == c.not {
				return false, nil
			}
		}
		return true, nil
	}
	type step struct{ from, to int }
	var takes []step
	stack := []int{r.node}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range s.nodes[at].edges {
			ok, err := holds(e)
			switch {
			case err != nil:
				return nil, err
			case !ok:
			case e.take:
				takes = append(takes, step{at, e.to})
			default:
				stack = append(stack, e.to)
			}
		}
	}
	var out []*run
	for _, t := range takes {
		n := &run{node: t.to, first: r.first, time: r.time}
		n.rows = append(append(make([]taken, 0, len(r.rows)+1), r.rows...), taken{s.nodes[t.from].name, row})
		if s.nodes[r.node].start {
			n.first, n.time = row, time
		}
		out = append(out, n)
		ends, err := s.ends(t.to, holds)
		if err != nil {
			return nil, err
		}
		if ends {
			m := *n
			m.node = 0
			out = append(out, &m)
		}
	}
	if s.nodes[r.node].start {
		out = append(out, &run{node: r.node, first: none})
	}
	return out, nil
}

// ends reports whether the end is reached from a node without another row.
func (s *search) ends(at int, holds func(edge) (bool, error)) (bool, error) {
	stack := []int{at}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range s.nodes[at].edges {
			if e.take {
				continue
			}
			ok, err := holds(e)
			if err != nil {
				return false, err
			}
			if ok && s.nodes[e.to].final {
				return true, nil
			}
			if ok {
				stack = append(stack, e.to)
			}
		}
	}
	return false, nil
}
