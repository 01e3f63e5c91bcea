package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
)

// IDs gives every node that has no ID one: a hash of its meaning and of its
// inputs' IDs, with an ordinal among equals.
//
// The meaning of a Calc is its expressions over the columns of the source or
// operator below by name, and that of a Source does not include which columns are
// read. So an edit that makes one query of a script read another column keeps the
// IDs, and with them the state, of the others.
func (g *StreamGraph) IDs() error {
	seen := map[string]int{}
	columns := make([][]string, len(g.Nodes))
	for i, n := range g.Nodes {
		var inputs []string
		for _, e := range n.Inputs {
			inputs = append(inputs, columns[e.From]...)
		}
		meaning, out, err := describe(n, inputs)
		if err != nil {
			return err
		}
		h := sha256.New()
		fmt.Fprintf(h, "%s %s", n.Operator.Spec.Kind(), meaning)
		for _, e := range n.Inputs {
			fmt.Fprintf(h, " %d:%s:%s:%v", e.Port, g.Nodes[e.From].Operator.ID, e.Exchange.Kind, e.Exchange.Keys)
		}
		if n.Operator.ID == "" {
			id := hex.EncodeToString(h.Sum(nil)[:16])
			k := seen[id]
			seen[id]++
			if k > 0 {
				h.Write([]byte{byte(k), byte(k >> 8)})
				id = hex.EncodeToString(h.Sum(nil)[:16])
			}
			n.Operator.ID = id
		}
		if out == nil {
			for k := range n.Operator.Output {
				out = append(out, "#"+strconv.Itoa(k))
			}
		}
		columns[i] = out
	}
	return nil
}

// describe returns what n does as text, and the names of its output columns; nil
// names: their positions are all there is to say.
func describe(n *Node, in []string) (meaning string, out []string, err error) {
	switch s := n.Operator.Spec.(type) {
	case spec.Source:
		for _, c := range s.Columns {
			out = append(out, c.Name+"/"+c.Metadata)
		}
		if s.Watermark != nil {
			w := *s.Watermark
			meaning = describeExpr(w.Expr, out) + " "
			w.Expr, w.Column = spec.Expr{}, 0
			s.Watermark = &w
		}
		s.Columns = nil
		b, err := json.Marshal(s)
		return meaning + string(b), out, err
	case spec.Calc:
		if s.Condition != nil {
			meaning = describeExpr(*s.Condition, in)
		}
		for _, e := range s.Project {
			out = append(out, describeExpr(e, in))
		}
		return meaning + ": " + strings.Join(out, ", "), out, nil
	case spec.Watermark:
		name := in[s.Column]
		meaning = describeExpr(s.Expr, in)
		s.Expr, s.Column = spec.Expr{}, 0
		b, err := json.Marshal(s)
		return name + " " + meaning + " " + string(b), in, err
	}
	b, err := json.Marshal(n.Operator.Spec)
	return string(b) + " " + strings.Join(in, ", "), nil, err
}

// describeExpr prints an expression over named columns.
func describeExpr(e spec.Expr, in []string) string {
	switch {
	case e.Column != nil && *e.Column >= 0 && *e.Column < len(in):
		return in[*e.Column]
	case e.Literal != nil && e.Literal.Null:
		return "NULL:" + e.Type.String()
	case e.Literal != nil:
		return strconv.Quote(e.Literal.Text) + ":" + e.Type.String()
	}
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = describeExpr(a, in)
	}
	return e.Call + "(" + strings.Join(args, ", ") + "):" + e.Type.String()
}
