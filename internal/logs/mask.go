package logs

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/option"
)

// Hidden stands for a secret, as in Flink.
const Hidden = "******"

// sensitive are parts of keys whose values are secrets: Flink's own list and
// the words of Kafka, stores and reporters.
var sensitive = []string{"password", "passwd", "secret", "token", "apikey", "api-key", "access-key", "accesskey", "account.key", "service-key",
	"auth-params", "basic-auth", "jaas.config", "http-headers", "private-key", "credential"}

// Sensitive reports whether the value of a configuration key or option is a secret.
func Sensitive(key string) bool {
	key = strings.ToLower(key)
	if containsAny(key, sensitive) {
		return true
	}
	o, ok := config.Find(key)
	return ok && o.Secret
}

// Value returns what may be shown of a key's value.
func Value(key, value string) string {
	if value != "" && Sensitive(key) {
		return Hidden
	}
	return value
}

// pairs are the forms `key=value`, `'key' = 'value'`, `"key": "value"` with a
// sensitive key, and the password in a URL.
var (
	pairs = pattern(`(?i)([\w.\-]*(?:password|passwd|secret|token|api-?key|access-?key|account\.key|jaas\.config|credential)[\w.\-]*['"]?\s*[=:]\s*)('(?:[^']|'')*'|\\?"(?:[^"\\]|\\[^"])*\\?"|[^\s,;&'"]+)`)
	urls  = pattern(`(://[^/\s:@]*:)[^/\s@]+@`)
	bear  = pattern(`(?i)\b(bearer|basic) [a-z0-9+/=._\-]{6,}`)
)

// pattern is compiled when a text is first looked at, not at the start.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// Text returns a text with the secrets masked that show themselves by their form.
func Text(s string) string {
	if strings.Contains(s, "://") {
		s = urls().ReplaceAllString(s, "${1}"+Hidden+"@")
	}
	lower := strings.ToLower(s)
	if strings.ContainsAny(s, "=:") && containsAny(lower, sensitive) {
		s = pairs().ReplaceAllStringFunc(s, func(p string) string {
			m := pairs().FindStringSubmatch(p)
			return m[1] + Hidden
		})
	}
	if containsAny(lower, schemes) {
		s = bear().ReplaceAllString(s, "${1} "+Hidden)
	}
	return s
}

// schemes are those of HTTP's header Authorization.
var schemes = []string{"bearer ", "basic "}

func containsAny(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// mask hides secrets in attributes.
type mask struct{ values *strings.Replacer }

// newMask knows the values of the settings' secrets.
func newMask(s option.Set) *mask {
	var pairs []string
	for _, k := range s.Keys() {
		if v := s[k]; len(v) >= 4 && Sensitive(k) {
			pairs = append(pairs, v, Hidden)
		}
	}
	m := &mask{}
	if pairs != nil {
		m.values = strings.NewReplacer(pairs...)
	}
	return m
}

func (m *mask) text(s string) string {
	if m.values != nil {
		s = m.values.Replace(s)
	}
	return Text(s)
}

// attr is slog's ReplaceAttr of lines.
func (m *mask) attr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	switch v := a.Value; v.Kind() {
	case slog.KindString:
		if s := v.String(); Sensitive(a.Key) && s != "" {
			a.Value = slog.StringValue(Hidden)
		} else if t := m.text(s); t != s {
			a.Value = slog.StringValue(t)
		}
	case slog.KindAny:
		switch x := v.Any().(type) {
		case error:
			a.Value = slog.StringValue(m.text(x.Error()))
		case map[string]string:
			shown := make(map[string]string, len(x))
			for k, s := range x {
				shown[k] = m.text(Value(k, s))
			}
			a.Value = slog.AnyValue(shown)
		case option.Set:
			return m.attr(groups, slog.Any(a.Key, map[string]string(x)))
		case interface{ String() string }:
			a.Value = slog.StringValue(m.text(x.String()))
		default:
			if Sensitive(a.Key) {
				a.Value = slog.StringValue(Hidden)
			}
		}
	}
	return a
}

// document is slog's ReplaceAttr of search documents, with the field names that
// the tools around Elasticsearch expect.
func (m *mask) document(groups []string, a slog.Attr) slog.Attr {
	a = m.attr(groups, a)
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		a.Key = "@timestamp"
	case slog.MessageKey:
		a.Key = "message"
	case slog.LevelKey:
		a = slog.String("level", strings.ToLower(a.Value.String()))
	}
	return a
}
