package report

import (
	"context"
	"net"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/metrics"
)

// datagram is how much is sent in one packet, so that it is not cut on its way.
const datagram = 1400

// statsD sends gauges by UDP, several lines in a packet.
type statsD struct {
	*base
	address string
	tags    bool
	packet  []byte
	line    []byte
	values  []figure
}

func openStatsD(b *base) (sender, error) {
	return &statsD{base: b, address: net.JoinHostPort(b.conf.Text(host), b.conf.Text(port)), tags: b.conf.Bool(statsTags)}, nil
}

func (s *statsD) send(ctx context.Context, all []metrics.Metric) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "udp", s.address)
	if err != nil {
		return err
	}
	defer c.Close()
	if at, ok := ctx.Deadline(); ok {
		c.SetDeadline(at)
	}
	s.packet = s.packet[:0]
	for _, m := range all {
		s.values = figures(s.values[:0], m)
		if len(s.values) == 0 {
			continue
		}
		name, tags := s.names(m)
		for _, f := range s.values {
			n := name
			if _, counter := m.Value.(*metrics.Counter); f.name != "" && !counter {
				n += "." + f.name
			}
			s.line = s.line[:0]
			if f.value < 0 && !s.tags { // a sign means a change; so we start from zero
				s.line = append(append(s.line, n...), ":0|g\n"...)
			}
			s.line = append(append(s.line, n...), ':')
			s.line = strconv.AppendFloat(s.line, f.value, 'f', -1, 64)
			s.line = append(append(s.line, "|g"...), tags...)
			if len(s.packet)+1+len(s.line) > datagram && len(s.packet) > 0 {
				if _, err := c.Write(s.packet); err != nil {
					return err
				}
				s.packet = s.packet[:0]
			}
			if len(s.packet) > 0 {
				s.packet = append(s.packet, '\n')
			}
			s.packet = append(s.packet, s.line...)
		}
	}
	if len(s.packet) == 0 {
		return nil
	}
	_, err = c.Write(s.packet)
	return err
}

var (
	statsName = strings.NewReplacer(":", "-", "|", "-", "\n", " ", "\r", " ")
	statsTag  = strings.NewReplacer("|", "_", ",", "_", "\n", " ", "\r", " ", "#", "_")
)

// names returns the metric's name and, if wanted, its tags.
func (s *statsD) names(m metrics.Metric) (name, tags string) {
	if !s.tags {
		return m.Group.Identifier(m.Name, s.delimiter, statsName.Replace), ""
	}
	for i, v := range s.labels(m.Group) {
		sep := ","
		if i == 0 {
			sep = "|#"
		}
		tags += sep + statsTag.Replace(v.Name) + ":" + statsTag.Replace(v.Value)
	}
	return "flink." + statsName.Replace(m.Group.Logical()+"."+m.Name), tags
}

func (s *statsD) close(context.Context) error { return nil }
