package build

import (
	"fmt"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/exec/calc"
	"github.com/flott/flott/internal/exec/changelog"
	"github.com/flott/flott/internal/exec/join"
	"github.com/flott/flott/internal/exec/match"
	"github.com/flott/flott/internal/exec/over"
	"github.com/flott/flott/internal/exec/rank"
	"github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/exec/table"
	"github.com/flott/flott/internal/exec/window"
	"github.com/flott/flott/internal/spec"
)

// Operator returns the operator that o describes, not yet opened.
func Operator(o spec.Operator) (exec.Operator, error) {
	op, err := construct(o)
	if err != nil {
		return nil, fmt.Errorf("operator %q: %w", o.Name, err)
	}
	return op, nil
}

func construct(o spec.Operator) (exec.Operator, error) {
	switch s := o.Spec.(type) {
	case *spec.Source:
		return table.NewSource(s), nil
	case *spec.Values:
		return table.NewValues(s), nil
	case *spec.Watermark:
		return table.NewWatermark(s, o.Inputs[0]), nil
	case *spec.Sink:
		return table.NewSink(s), nil
	case *spec.Collect:
		return table.NewCollect(s), nil
	case *spec.Calc:
		return calc.New(s), nil
	case *spec.Expand:
		return calc.NewExpand(s), nil
	case *spec.Rank:
		return rank.New(*s, o.Inputs[0])
	case *spec.WindowRank:
		return rank.NewWindow(*s, o.Inputs[0])
	case *spec.First:
		return rank.NewFirst(*s, o.Inputs[0])
	case *spec.Unnest:
		return calc.NewUnnest(*s, o.Inputs[0], o.Output), nil
	case *spec.Replicate:
		return calc.NewReplicate(*s, o.Inputs[0]), nil
	case *spec.DropUpdateBefore:
		return calc.NewDropUpdateBefore(s.Keys), nil
	case *spec.GroupAgg:
		return agg.New(*s, o.Inputs[0], o.Output)
	case *spec.WindowTVF:
		if s.Window.Kind == spec.Session {
			return window.NewSessionTVF(*s, o.Inputs[0], o.Output)
		}
		return window.NewTVF(*s, o.Output)
	case *spec.WindowAgg:
		if s.Window.Kind == spec.Session && s.Window.WindowEnd == nil {
			return window.NewSessionAgg(*s, o.Inputs[0], o.Output)
		}
		return window.NewAgg(*s, o.Inputs[0], o.Output)
	case *spec.Join:
		return join.New(*s, o.Inputs, o.Output)
	case *spec.IntervalJoin:
		return join.NewInterval(*s, o.Inputs, o.Output)
	case *spec.TemporalJoin:
		return join.NewTemporal(*s, o.Inputs, o.Output)
	case *spec.WindowJoin:
		return join.NewWindow(*s, o.Inputs, o.Output)
	case *spec.Sort:
		return sort.New(*s, o.Inputs[0])
	case *spec.TemporalSort:
		return sort.NewTemporalSort(*s, o.Inputs[0])
	case *spec.Over:
		return over.New(*s, o.Inputs[0])
	case *spec.Match:
		return match.New(*s, o.Inputs[0], o.Output)
	case *spec.Limit:
		return sort.NewLimit(*s, o.Inputs[0])
	case *spec.Compact:
		return changelog.NewCompact(*s, o.Inputs[0])
	case *spec.ChangelogNormalize:
		return changelog.NewNormalize(*s, o.Inputs[0])
	}
	return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: fmt.Sprintf("operators of kind %q are not supported yet", o.Spec.Kind())}
}
