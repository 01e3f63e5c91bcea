package cast

import (
	"errors"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// nested converts the children of collections and rows.
func (c casting) nested(from, to types.Type) (caster, error) {
	fc, tc := from.Children(), to.Children()
	if len(fc) != len(tc) {
		return nil, unsupported(from, to)
	}
	children := make([]caster, len(fc))
	for k := range fc {
		var err error
		if fc[k].SameAs(tc[k]) {
			children[k] = copyRows
		} else if children[k], err = c.make(fc[k], tc[k]); err != nil {
			return nil, err
		}
	}
	list := to.Phys() == types.PhysList
	return func(out, in *vector.Vector) error {
		out.Resize(in.Len())
		if list {
			copy(out.Offsets(), in.Offsets())
		}
		for k, convert := range children {
			if err := child(convert, out.Child(k), in.Child(k)); err != nil {
				return parentRow(err, in, list)
			}
		}
		return nil
	}, nil
}

// child converts all rows of a child vector.
func child(convert caster, out, in *vector.Vector) error {
	n := in.Len()
	out.Reset()
	if !appends(out.Type()) {
		out.Resize(n)
		if in.HasNulls() {
			copy(out.OwnValidity(n), in.Validity())
		}
	}
	if err := convert(out, in); err != nil {
		return err
	}
	if appends(out.Type()) && in.HasNulls() {
		if out.HasNulls() {
			valid := out.Validity()[:(n+63)/64]
			kernel.And(valid, valid, in.Validity())
		} else {
			copy(out.OwnValidity(n), in.Validity())
		}
	}
	return nil
}

// parentRow makes an error of a list's element one of the list.
func parentRow(err error, in *vector.Vector, list bool) error {
	var row *function.RowError
	if !list || !errors.As(err, &row) {
		return err
	}
	for i := range in.Len() {
		if from, to := in.List(i); from <= row.Row && row.Row < to {
			return &function.RowError{Row: i, Err: row.Err}
		}
	}
	return err
}

// rowByRow converts nested values one at a time, so that one that fails
// becomes NULL as a whole.
func (c casting) rowByRow(from, to types.Type) (caster, error) {
	c.try = false
	convert, err := c.make(from, to)
	if err != nil {
		return nil, err
	}
	one, result := vector.New(from, 1), vector.New(to, 1)
	return func(out, in *vector.Vector) error {
		for i := range in.Len() {
			if in.IsNull(i) {
				out.AppendNull()
				continue
			}
			one.Reset()
			one.AppendFrom(in, i)
			result.Reset()
			if convert(result, one) != nil {
				out.AppendNull()
				continue
			}
			out.AppendFrom(result, 0)
		}
		return nil
	}, nil
}
