package report

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/option"
)

// filter decides which metrics a reporter sends, by Flink's rules.
type filter struct{ includes, excludes []rule }

// rule is `scope[:name[,name][:type[,type]]]`.
type rule struct {
	scope *regexp.Regexp // nil = all
	names []*regexp.Regexp
	types []string
}

func newFilter(own string, conf option.Set) (f filter, err error) {
	if f.includes, err = readRules(own+includes.Key, conf.Text(includes)); err != nil {
		return f, err
	}
	f.excludes, err = readRules(own+excluded.Key, conf.Text(excluded))
	return f, err
}

func readRules(at, text string) (rules []rule, err error) {
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		f := strings.Split(part, ":")
		if len(f) > 3 {
			return nil, fail(at, "write scope:name,name:type,type", "%q has more than three parts", part)
		}
		r := rule{}
		if f[0] != "*" {
			r.scope = wildcard(f[0])
		}
		if len(f) > 1 && f[1] != "*" {
			for n := range strings.SplitSeq(f[1], ",") {
				r.names = append(r.names, wildcard(strings.TrimSpace(n)))
			}
		}
		if len(f) > 2 && f[2] != "*" {
			for t := range strings.SplitSeq(f[2], ",") {
				t = strings.ToLower(strings.TrimSpace(t))
				if !slices.Contains([]string{"counter", "gauge", "meter", "histogram"}, t) {
					return nil, fail(at, "the types are counter, gauge, meter, histogram", "there is no metric type %q", t)
				}
				r.types = append(r.types, t)
			}
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func wildcard(p string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p)) + "$")
}

func (f *filter) passes(m metrics.Metric) bool {
	match := func(r rule) bool { return r.matches(m) }
	return slices.ContainsFunc(f.includes, match) && !slices.ContainsFunc(f.excludes, match)
}

func (r *rule) matches(m metrics.Metric) bool {
	return (r.scope == nil || r.scope.MatchString(m.Group.Logical())) &&
		(r.names == nil || slices.ContainsFunc(r.names, func(p *regexp.Regexp) bool { return p.MatchString(m.Name) })) &&
		(r.types == nil || slices.Contains(r.types, m.Kind()))
}
