package report

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/internal/metrics"
)

// graphite sends `name value time` lines, on a connection of its own each time.
type graphite struct {
	*base
	network, address string
	body             bytes.Buffer
	values           []figure
}

func openGraphite(b *base) (sender, error) {
	return &graphite{base: b, network: strings.ToLower(b.conf.Text(graphiteProtocol)), address: net.JoinHostPort(b.conf.Text(host), b.conf.Text(port))}, nil
}

var graphiteName = strings.NewReplacer(".", "-", `"`, "", " ", "-", "\t", "-", "\n", "-", "\r", "-")

func (g *graphite) send(ctx context.Context, all []metrics.Metric) error {
	c, err := (&net.Dialer{}).DialContext(ctx, g.network, g.address)
	if err != nil {
		return err
	}
	defer c.Close()
	if at, ok := ctx.Deadline(); ok {
		c.SetDeadline(at)
	}
	g.body.Reset()
	now := strconv.FormatInt(time.Now().Unix(), 10)
	for _, m := range all {
		g.values = figures(g.values[:0], m)
		if len(g.values) == 0 {
			continue
		}
		name := m.Group.Identifier(m.Name, g.delimiter, graphiteName.Replace)
		for _, f := range g.values {
			if f.name == "rate" {
				f.name = "m1_rate"
			}
			before := g.body.Len()
			g.body.WriteString(name)
			if f.name != "" {
				g.body.WriteString("." + f.name)
			}
			g.body.WriteByte(' ')
			g.body.Write(strconv.AppendFloat(g.body.AvailableBuffer(), f.value, 'f', -1, 64))
			g.body.WriteString(" " + now + "\n")
			if limit := g.limit(); g.body.Len() > limit {
				n := before
				if n == 0 {
					n = g.body.Len()
				}
				if _, err := c.Write(g.body.Next(n)); err != nil {
					return err
				}
			}
		}
	}
	_, err = g.body.WriteTo(c)
	return err
}

// limit is how much is written at once.
func (g *graphite) limit() int {
	if g.network == "udp" {
		return datagram
	}
	return 64 << 10
}

func (g *graphite) close(context.Context) error { return nil }
