package kafka

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// fail makes the error of a table that cannot be.
func fail(code, help, message string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(message, args...), Help: help}
}

// runError makes the error of a running part.
func runError(code, help string, cause error, message string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Stage: diag.StageRun, Message: fmt.Sprintf(message, args...), Help: help, Cause: cause}
}

// table is what the options say of a table for reading and writing alike.
type table struct {
	connector.Table
	name    string // of the connector
	upsert  bool
	props   properties
	topics  []string
	pattern *regexp.Regexp

	keyOption   string // "key.format", "" without a key format
	valueOption string // "format" or "value.format"
	keyFields   []int  // indexes into Physical, in the key's order
	valueFields []int  // indexes into Physical
	keyPrefix   string
}

func newTable(t connector.Table, upsert bool) (*table, error) {
	k := &table{Table: t, name: "kafka", upsert: upsert}
	if upsert {
		k.name = "upsert-kafka"
	}
	for _, o := range connector.Find(k.name).Options {
		text, given := t.Options.Get(o)
		if !given && o.Required {
			return nil, fail("missing-option", "add '"+o.Key+"' = '…'", "%s: option %q is missing", k.name, o.Key)
		}
		if given && o.Kind != option.Map {
			if err := o.Check(text); err != nil {
				return nil, fail("option-value", "", "%s: option %q: %v", k.name, o.Key, err)
			}
		}
	}
	var err error
	if k.props, err = newProperties(t.Options.Prefixed(optProperties)); err != nil {
		return nil, err
	}
	k.topics = slices.Compact(slices.Sorted(slices.Values(t.Options.List(optTopic))))
	if pattern, ok := t.Options.Get(optTopicPattern); ok && !upsert {
		if len(k.topics) > 0 {
			return nil, fail("option-value", "keep one of them", "kafka: 'topic' and 'topic-pattern' exclude each other")
		}
		if k.pattern, err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
			return nil, fail("option-value", "", "kafka: option 'topic-pattern': %q is not a regular expression: %v", pattern, err)
		}
	}
	if len(k.topics) == 0 && k.pattern == nil {
		return nil, fail("missing-option", "add 'topic' = '…'", "%s: option \"topic\" is missing", k.name)
	}
	return k, k.fields()
}

// fields finds out which columns the key and the value hold.
func (k *table) fields() error {
	o := k.Options
	_, plain := o[optFormat.Key]
	_, value := o[optValueFormat.Key]
	switch {
	case plain && value:
		return fail("option-value", "keep one of them", "%s: 'format' and 'value.format' mean the same", k.name)
	case plain && !k.upsert:
		k.valueOption = optFormat.Key
	case value:
		k.valueOption = optValueFormat.Key
	case k.upsert:
		return fail("missing-option", "add 'value.format' = '…'", "%s: option \"value.format\" is missing", k.name)
	default:
		return fail("missing-option", "add 'format' = '…'", "%s: option \"format\" is missing", k.name)
	}
	names := o.List(optKeyFields)
	if k.upsert {
		names = k.PrimaryKey
		if len(names) == 0 {
			return fail("missing-primary-key", "add PRIMARY KEY (…) NOT ENFORCED to the table", "upsert-kafka needs a primary key: it is the record key")
		}
	}
	_, hasKey := o[optKeyFormat.Key]
	switch {
	case hasKey:
		k.keyOption = optKeyFormat.Key
		if len(names) == 0 {
			return fail("missing-option", "add 'key.fields' = 'column;…'", "%s: 'key.format' is given, but not which columns the key holds", k.name)
		}
	case k.upsert:
		return fail("missing-option", "add 'key.format' = '…'", "%s: option \"key.format\" is missing", k.name)
	case len(names) > 0:
		return fail("missing-option", "add 'key.format' = '…'", "%s: 'key.fields' needs 'key.format'", k.name)
	}
	except := strings.EqualFold(o.Text(optValueInclude), "EXCEPT_KEY")
	k.keyPrefix = o.Text(optKeyPrefix)
	if k.keyPrefix != "" && !except {
		return fail("option-value", "add 'value.fields-include' = 'EXCEPT_KEY'", "%s: 'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'", k.name)
	}
	for _, name := range names {
		i := slices.IndexFunc(k.Physical, func(c connector.Column) bool { return c.Name == name })
		if i < 0 {
			return fail("unknown-column", "", "%s: 'key.fields' names %q, which is not a column of the table", k.name, name)
		}
		if !strings.HasPrefix(name, k.keyPrefix) {
			return fail("option-value", "", "%s: key column %q does not begin with 'key.fields-prefix' %q", k.name, name, k.keyPrefix)
		}
		k.keyFields = append(k.keyFields, i)
	}
	for i := range k.Physical {
		if !except || !slices.Contains(k.keyFields, i) {
			k.valueFields = append(k.valueFields, i)
		}
	}
	return nil
}

// changelogFits refuses a format with row kinds of its own where records have
// to be rows: in a key, and where null values delete.
func (k *table) changelogFits(f *format.Format, option string) error {
	switch {
	case !f.Changelog:
		return nil
	case option == optKeyFormat.Key:
		return fail("option-value", "use a format without row kinds", "%s: '%s': format %q carries row kinds, which a key has none of", k.name, option, f.Name)
	case k.upsert:
		return fail("option-value", "use connector 'kafka', or a format without row kinds", "upsert-kafka: format %q carries row kinds of its own", f.Name)
	}
	return nil
}

// keyColumns and valueColumns are the columns as their formats see them.
func (k *table) keyColumns() []format.Column {
	out := make([]format.Column, len(k.keyFields))
	for i, f := range k.keyFields {
		out[i] = k.keyColumn(f)
	}
	return out
}

func (k *table) keyColumn(f int) format.Column {
	c := k.Physical[f]
	return format.Column{Name: strings.TrimPrefix(c.Name, k.keyPrefix), Type: c.Type}
}

func (k *table) valueColumns() []format.Column {
	out := make([]format.Column, len(k.valueFields))
	for i, f := range k.valueFields {
		out[i] = format.Column{Name: k.Physical[f].Name, Type: k.Physical[f].Type}
	}
	return out
}

func (k *table) formatEnv(env connector.Env, all []format.Column) format.Env {
	return format.Env{Zone: env.Zone, Log: env.Log, All: all}
}

// where names the topics for messages.
func (k *table) where() string {
	if k.pattern != nil {
		return "pattern " + strconv.Quote(k.Options.Text(optTopicPattern))
	}
	return strings.Join(k.topics, ", ")
}

// specificOffsets reads `partition:0,offset:42;partition:1,offset:300`.
func specificOffsets(key, text string) (map[int32]int64, error) {
	out := map[int32]int64{}
	for _, pair := range strings.Split(strings.TrimSuffix(strings.TrimSpace(text), ";"), ";") {
		p, o, ok := strings.Cut(strings.TrimSpace(pair), ",")
		partition, okP := strings.CutPrefix(strings.TrimSpace(p), "partition:")
		offset, okO := strings.CutPrefix(strings.TrimSpace(o), "offset:")
		pn, errP := strconv.ParseInt(partition, 10, 32)
		on, errO := strconv.ParseInt(offset, 10, 64)
		if !ok || !okP || !okO || errP != nil || errO != nil || pn < 0 || on < 0 {
			return nil, fail("option-value", "write 'partition:0,offset:42;partition:1,offset:300'", "kafka: option %q: %q is not a partition and an offset", key, pair)
		}
		out[int32(pn)] = on
	}
	return out, nil
}
