// Package option describes configuration options: key, type, default and help.
// Reference pages, validation and suggestions come from the descriptions.
package option

// Kind is the type of an option's value.
type Kind uint8

const (
	String   Kind = iota
	Int           // 64-bit integer
	Float         // double
	Bool          // true | false
	Duration      // Flink's forms: `10 s`, `500ms`, `1 min`
	Memory        // Flink's forms: `64mb`, `1 gb`, `32kb`
	Enum          // one of Values
	List          // values separated by ';'
	Map           // a prefix: every key below it (`properties.*`), Key ends in ".*"
)

// Option describes one key. Default is the text form; "" with Required false
// means "(none)".
type Option struct {
	Key      string
	Kind     Kind
	Default  string
	Required bool
	Values   []string // of Enum, in lower case unless CaseSensitive values are meant
	Aliases  []string // older keys that mean the same
	Help     string   // one or two sentences for the reference page
	// Ignored says that the key is accepted and has no meaning here; Help says why.
	Ignored bool
	// Secret values are masked wherever they are shown.
	Secret bool
}

// Set is the values given by a user, by key.
type Set map[string]string

// Get returns the text of o: the given value, one under an alias, or the default.
func (s Set) Get(o Option) (text string, given bool) {
	if v, ok := s[o.Key]; ok {
		return v, true
	}
	for _, a := range o.Aliases {
		if v, ok := s[a]; ok {
			return v, true
		}
	}
	return o.Default, false
}
