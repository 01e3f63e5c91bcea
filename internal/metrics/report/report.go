package report

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/option"
)

const (
	// sendTimeout bounds one report unless the reporter has a key of its own.
	sendTimeout = 10 * time.Second
	// closeTimeout bounds a reporter's last words.
	closeTimeout = 2 * time.Second
	complainEach = time.Minute
)

// sender is one kind of reporter.
type sender interface {
	// send sends the metrics; they are its own until it returns.
	send(ctx context.Context, all []metrics.Metric) error
	// close says goodbye.
	close(ctx context.Context) error
}

// base is what all reporters have.
type base struct {
	name      string
	registry  *metrics.Registry
	conf      option.Set // keys below `metrics.reporter.NAME.`
	log       *slog.Logger
	filter    filter
	excludes  []string
	additions []metrics.Variable
	delimiter string
}

// labels are the group's variables as the reporter's settings want them.
func (b *base) labels(g *metrics.Group) []metrics.Variable {
	vars := g.Variables()
	if b.excludes == nil && b.additions == nil {
		return vars
	}
	out := make([]metrics.Variable, 0, len(vars)+len(b.additions))
	for _, v := range vars {
		if !slices.Contains(b.excludes, v.Name) {
			out = append(out, v)
		}
	}
	return append(out, b.additions...)
}

// picture appends the metrics that pass the filter to buf.
func (b *base) picture(buf []metrics.Metric) []metrics.Metric {
	return slices.DeleteFunc(b.registry.All(buf[:0]), func(m metrics.Metric) bool { return !b.filter.passes(m) })
}

// Reporters are the running reporters of a process.
type Reporters struct {
	stop  context.CancelFunc
	group sync.WaitGroup
	close []func()
	// Lines say where metrics can be fetched, for the log and for tests.
	Lines []string
}

// Start starts the reporters that the settings name. Without any it returns at once.
func Start(r *metrics.Registry, s option.Set, log *slog.Logger) (*Reporters, error) {
	ctx, stop := context.WithCancel(context.Background())
	rs := &Reporters{stop: stop}
	for _, name := range names(s) {
		if err := rs.start(ctx, r, s, name, log); err != nil {
			rs.Close()
			return nil, err
		}
	}
	return rs, nil
}

const prefix = "metrics.reporter."

// names returns the reporters to start: those of `metrics.reporters`, or all
// that have a class.
func names(s option.Set) (out []string) {
	if list, given := s.Get(config.MetricsReporters); given && strings.TrimSpace(list) != "" {
		for n := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
		return out
	}
	for _, k := range s.Keys() {
		if rest, ok := strings.CutPrefix(k, prefix); ok {
			for _, suffix := range []string{".factory.class", ".type"} {
				if n, ok := strings.CutSuffix(rest, suffix); ok && !slices.Contains(out, n) {
					out = append(out, n)
				}
			}
		}
	}
	return out
}

func fail(key, help, format string, args ...any) error {
	return &diag.Error{Code: "metrics-reporter", Stage: diag.StageValidate, Message: fmt.Sprintf("%q: ", key) + fmt.Sprintf(format, args...), Help: help}
}

// start reads the settings of one reporter and starts it.
func (rs *Reporters) start(ctx context.Context, r *metrics.Registry, s option.Set, name string, log *slog.Logger) error {
	own := prefix + name + "."
	conf := option.Set{}
	for k, v := range s {
		if rest, ok := strings.CutPrefix(k, own); ok {
			conf[rest] = v
		}
	}
	k, err := findKind(own, conf)
	if err != nil {
		return err
	}
	for _, o := range slices.Concat(common, k.Options) {
		v, given := conf.Get(o)
		if given {
			if err := o.Check(v); err != nil {
				return fail(own+o.Key, "", "%v", err)
			}
		} else if o.Required {
			return fail(own+o.Key, "", "the %s reporter needs it", k.Name)
		}
	}
	known := func(key string) bool {
		return key == "factory.class" || key == "type" || key == "class" || slices.ContainsFunc(slices.Concat(common, k.Options), func(o option.Option) bool { return o.Matches(key) })
	}
	for _, key := range conf.Keys() {
		if !known(key) {
			log.Warn("a key of a metrics reporter has no effect", "key", own+key, "reporter", k.Name)
		}
	}
	b := &base{name: name, registry: r, conf: conf, log: log, delimiter: conf.Text(scopeDelimiter)}
	if b.filter, err = newFilter(own, conf); err != nil {
		return err
	}
	for v := range strings.FieldsFuncSeq(conf.Text(excludes), func(r rune) bool { return r == ';' || r == ',' }) {
		b.excludes = append(b.excludes, strings.Trim(strings.TrimSpace(v), "<>"))
	}
	for p := range strings.FieldsFuncSeq(conf.Text(additional), func(r rune) bool { return r == ',' || r == ';' }) {
		key, value, ok := strings.Cut(p, ":")
		if !ok {
			return fail(own+additional.Key, "", "%q is not of the form name:value", p)
		}
		b.additions = append(b.additions, metrics.Variable{Name: strings.TrimSpace(key), Value: strings.TrimSpace(value)})
	}
	snd, err := k.open(b)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			return err
		}
		return fail(own+"factory.class", "", "the %s reporter does not start: %v", k.Name, err)
	}
	if p, ok := snd.(*pull); ok { // Prometheus fetches
		rs.Lines = append(rs.Lines, p.url())
		rs.close = append(rs.close, func() { p.server.Close() })
		log.Info("metrics are served", "reporter", name, "url", p.url())
		return nil
	}
	interval := conf.Duration(interval)
	if interval <= 0 {
		interval = 10 * time.Second
	}
	rs.group.Go(func() { b.run(ctx, snd, interval) })
	return nil
}

// run sends a picture each interval until ctx ends, and a last one then.
func (b *base) run(ctx context.Context, s sender, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var buf []metrics.Metric
	var complained time.Time
	report := func(ctx context.Context, timeout time.Duration) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		buf = b.picture(buf)
		err := s.send(ctx, buf)
		clear(buf) // closed groups may go
		if err != nil && !errors.Is(err, context.Canceled) && time.Since(complained) >= complainEach {
			complained = time.Now()
			b.log.Warn("metrics were not taken", "reporter", b.name, "error", err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.Background(), closeTimeout)
			defer cancel()
			report(last, closeTimeout)
			if err := s.close(last); err != nil {
				b.log.Warn("a metrics reporter did not close well", "reporter", b.name, "error", err)
			}
			return
		case <-tick.C:
			report(ctx, sendTimeout)
		}
	}
}

// Close sends a last report and ends all reporters, within seconds.
func (rs *Reporters) Close() error {
	if rs == nil {
		return nil
	}
	rs.stop()
	for _, f := range rs.close {
		f()
	}
	rs.group.Wait()
	return nil
}
