package report

import (
	"context"
	"slices"
	"strings"

	"github.com/flott/flott/internal/metrics"
)

// logged writes a line for each metric.
type logged struct{ *base }

func openLog(b *base) (sender, error) { return &logged{b}, nil }

func (l *logged) send(ctx context.Context, all []metrics.Metric) error {
	type line struct {
		name string
		metrics.Metric
	}
	lines := make([]line, len(all))
	for i, m := range all {
		lines[i] = line{m.Group.Identifier(m.Name, l.delimiter, nil), m}
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.name, b.name) })
	for _, n := range lines {
		args := []any{"reporter", l.name, "name", n.name, "type", n.Kind()}
		if f, ok := n.Value.(func() string); ok {
			args = append(args, "value", f())
		}
		for _, f := range figures(nil, n.Metric) {
			if f.name == "" {
				f.name = "value"
			}
			args = append(args, f.name, f.value)
		}
		l.log.InfoContext(ctx, "metric", args...)
	}
	return nil
}

func (l *logged) close(context.Context) error { return nil }
