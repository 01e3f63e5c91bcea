package json

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// changelogDecoder reads the messages of a Changelog. Images go straight into
// the columns where they stand in the order of the rows that they become;
// otherwise their places are noted first.
type changelogDecoder struct {
	decoder
	*Changelog
	physical []int            // indexes of the columns in out
	cols     []*vector.Vector // and they themselves
	message  *level
	unwanted object // what is passed over
	includes []include
	extras   []extra
	values   []*scratch

	// Of the message at hand:
	at     int // rows of out before it
	change Change
	op     []byte   // as it stands in the message, nil = not met
	images [2]image // before and after
	layout layout
	passed bool
}

// image is the place of a row's image in the message; end 0 = there is none.
type image struct{ start, end int }

// layout says which images are rows of the columns already.
type layout uint8

const (
	layoutNone layout = iota
	layoutBefore
	layoutAfter
	layoutBoth
	layoutOther // they have to be read again
)

// role is what a key of the message is.
type role uint8

const (
	roleOther role = iota
	roleBefore
	roleAfter
	roleOp
	rolePayload
)

// level is an object around images: the message, or its payload.
type level struct {
	*object
	parts []part // by index of names
}

type part struct {
	role    role
	payload *level
	read    []*scratch // values to keep beside the role
}

// scratch holds the value of a key for metadata columns.
type scratch struct {
	node *node
	v    *vector.Vector
}

// extra is a metadata column.
type extra struct {
	column int // of out
	from   *scratch
	child  int // of from, -1 = all of it
	as     As
}

// include is a filter of messages with the answer for the value met last.
type include struct {
	key   string
	match func(text []byte) (bool, error)
	last  []byte
	taken bool
	known bool
}

func (c *Changelog) newDecoder(o option.Set, columns []format.Column, _ format.Env) (format.Decoder, error) {
	d := &changelogDecoder{Changelog: c, unwanted: object{known: map[string]int32{}, first: following{-1, -1}}}
	var rows []format.Column
	envelope := &level{}
	d.message = envelope
	if c.Payload != "" && o.Bool(schemaInclude) {
		d.message = &level{}
		d.message.part(c.Payload, rolePayload).payload = envelope
	}
	envelope.part(c.Before, roleBefore)
	envelope.part(c.After, roleAfter)
	envelope.part(c.Op, roleOp)
	var err error
	for i, col := range columns {
		if col.Metadata == "" {
			rows, d.physical = append(rows, col), append(d.physical, i)
		} else if err = d.extra(i, col.Metadata, envelope); err != nil {
			return nil, err
		}
	}
	if err := d.init(c.Name, o, rows); err != nil {
		return nil, err
	}
	for _, s := range d.values {
		if s.node, err = newNode(s.v.Type()); err != nil {
			return nil, err
		}
	}
	for _, i := range c.Includes {
		if text, ok := o.Get(i.Option); ok {
			match, err := wholly(text)
			if err != nil {
				return nil, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Cause: err,
					Message: fmt.Sprintf("'%s.%s': %q is not a regular expression: %v", c.Name, i.Option.Key, text, err)}
			}
			d.includes = append(d.includes, include{key: i.Key, match: match})
		}
	}
	return d, nil
}

// part returns what is done with a key, which becomes one that is looked for.
func (l *level) part(key string, r role) *part {
	if l.object == nil {
		l.object = &object{known: map[string]int32{}, first: following{-1, -1}}
	}
	for i, n := range l.names {
		if n == key {
			return &l.parts[i]
		}
	}
	l.names, l.nodes = append(l.names, key), append(l.nodes, &node{})
	l.parts = append(l.parts, part{role: r})
	return &l.parts[len(l.parts)-1]
}

// extra arranges for metadata to be read into column i.
func (d *changelogDecoder) extra(i int, key string, envelope *level) error {
	for _, m := range d.Metadata {
		if m.Key != key {
			continue
		}
		t := m.Type
		switch m.As {
		case Millis, Seconds:
			t = types.TBigInt
		case Clock:
			t = types.TString
		}
		l := envelope
		if m.Root {
			l = d.message
		}
		e := extra{column: i, child: -1, as: m.As}
		if len(m.Path) == 2 {
			// Each member has an object of its own to look for: few are ever asked for.
			t, e.child = types.RowOf(types.Field{Name: m.Path[1], Type: t}), 0
		}
		e.from = &scratch{v: vector.New(t, 1)}
		d.values = append(d.values, e.from)
		p := l.part(m.Path[0], roleOther)
		p.read = append(p.read, e.from)
		d.extras = append(d.extras, e)
		return nil
	}
	return &diag.Error{Code: "unknown-metadata", Stage: diag.StageValidate, Message: fmt.Sprintf("%s has no metadata %q", d.Name, key)}
}

// wholly returns what tells whether a text matches a regular expression as a whole.
func wholly(pattern string) (func([]byte) (bool, error), error) {
	if _, err := regexp2.Compile(pattern, regexp2.None); err != nil { // by itself, for its message
		return nil, err
	}
	whole := `\A(?:` + pattern + `)\z`
	if re, err := regexp.Compile(whole); err == nil {
		return func(text []byte) (bool, error) { return re.Match(text), nil }, nil
	}
	// Java's expressions may look ahead and behind.
	re, err := regexp2.Compile(whole, regexp2.None)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = time.Second
	return func(text []byte) (bool, error) { return re.MatchString(string(text)) }, nil
}

// Begin starts a batch; see format.Decoder.
func (d *changelogDecoder) Begin(out *vector.Batch, base []byte, stable bool) {
	d.out, d.shared, d.stable = out, base, stable
	d.cols = d.cols[:0]
	for _, i := range d.physical {
		c := out.Cols[i]
		d.cols = append(d.cols, c)
		if c.Phys() == types.PhysBytes && c.Len() == 0 && c.Type().IsString() {
			c.SetBase(base, stable)
		}
	}
}

// Decode appends the rows of a message; see format.Decoder.
func (d *changelogDecoder) Decode(off, n uint32) (int, error) {
	if d.passed = n == 0; d.passed {
		return 0, nil // a tombstone
	}
	d.b, d.pos, d.base = d.shared[off:off+n:off+n], 0, int(off)
	d.at = d.out.Len()
	rows, err := d.rows()
	if err == nil {
		err = d.metadata(rows)
	}
	if err != nil {
		for _, c := range d.out.Cols {
			c.Truncate(d.at)
		}
		if d.ignore {
			return 0, nil
		}
		return 0, err
	}
	d.passed = true
	for i := range rows {
		d.out.AppendKind(d.kind(i))
		d.out.SetLen(d.at + i + 1)
	}
	d.out.SetLen(d.at)
	return rows, nil
}

// Passed reports that the last message was in order; see format.Passer.
func (d *changelogDecoder) Passed() bool { return d.passed }

// kind returns the kind of the message's row i.
func (d *changelogDecoder) kind(i int) types.RowKind {
	switch {
	case d.change == Insert:
		return types.Insert
	case d.change == Delete:
		return types.Delete
	case i&1 == 0:
		return types.UpdateBefore
	}
	return types.UpdateAfter
}

// rows reads the message into the columns and returns the number of rows.
func (d *changelogDecoder) rows() (int, error) {
	d.change, d.op, d.images, d.layout = Unset, nil, [2]image{}, layoutNone
	for _, s := range d.values {
		s.v.Reset()
	}
	if taken, err := d.included(); !taken || err != nil {
		return 0, err
	}
	if err := d.level(d.message, 0); err != nil {
		return 0, err
	}
	if d.peek() != 0 || d.pos < len(d.b) {
		return 0, d.unexpected("the end")
	}
	switch {
	case d.op == nil:
		return 0, fmt.Errorf("it has no %q", d.Op)
	case d.change == Unset:
		names := make([]string, len(d.Ops))
		for i, o := range d.Ops {
			names[i] = o.Name
		}
		return 0, fmt.Errorf("unknown %q value %q; it may be %s", d.Op, clip(d.op), strings.Join(names, ", "))
	case d.change == Nothing:
		d.truncate(d.at)
		return 0, nil
	}
	want := layoutAfter
	switch {
	case d.change == Update:
		want = layoutBoth
	case d.change == Delete && !d.Partial:
		want = layoutBefore
	}
	if want != layoutAfter && d.images[0].end == 0 {
		return 0, fmt.Errorf("the %q of %s is null%s", d.Before, d.changeName(), d.NoBefore)
	}
	if want != layoutBefore && d.images[1].end == 0 {
		return 0, fmt.Errorf("the %q of %s is null", d.After, d.changeName())
	}
	switch {
	case d.List:
		return d.lists(want == layoutBoth)
	case d.layout == want:
	case d.layout == layoutBoth && want == layoutBefore:
		d.truncate(d.at + 1)
	default:
		if err := d.again(want); err != nil {
			return 0, err
		}
	}
	if want == layoutBoth {
		return 2, nil
	}
	return 1, nil
}

func (d *changelogDecoder) changeName() string {
	return [...]string{Insert: "an insert", Update: "an update", Delete: "a delete"}[d.change]
}

func (d *changelogDecoder) truncate(n int) {
	for _, c := range d.cols {
		c.Truncate(n)
	}
}

// level reads an object around images.
func (d *changelogDecoder) level(l *level, depth int) error {
	if d.peek() != '{' {
		return d.unexpected("an object")
	}
	for next := &l.first; ; {
		var m *member
		if i := next[0]; i >= 0 && l.members[i].leads(d.b, d.pos) {
			m = &l.members[i]
			d.pos += len(m.lead)
		} else {
			var err error
			if m, err = d.key(l.object, next); m == nil {
				return err
			}
		}
		next = &m.next
		if m.index < 0 {
			if err := d.pass(depth); err != nil {
				return err
			}
		} else if err := d.part(&l.parts[m.index], depth); err != nil {
			return fmt.Errorf("%q: %w", l.names[m.index], err)
		}
		if d.pos < len(d.b) && d.b[d.pos] == '}' {
			d.pos++
			return nil
		}
	}
}

// pass passes a value that nobody wants. An object is read as one of which no
// member is wanted, which goes by what the objects before were like:
// BenchmarkDecode of debezium takes a fifth less time than with skip.
func (d *changelogDecoder) pass(depth int) error {
	if end := passQuick(d.b, d.pos); end >= 0 {
		d.pos = end
		return nil
	}
	if d.peek() == '{' {
		return d.readMembers(&d.unwanted, nil, depth)
	}
	return d.skip(depth)
}

// part reads the value of a key.
func (d *changelogDecoder) part(p *part, depth int) error {
	c, start := d.peek(), d.pos
	switch p.role {
	case roleBefore, roleAfter:
		return d.image(p.role, c, depth)
	case roleOp:
		return d.readOp(c, depth)
	case rolePayload:
		if c != 'n' {
			return d.level(p.payload, depth+1)
		}
	}
	if len(p.read) == 0 {
		return d.skip(depth)
	}
	for _, s := range p.read {
		d.pos = start
		s.v.Reset() // the last of equal keys counts
		if err := d.nullable(s.node, s.v, depth); err != nil {
			return err
		}
	}
	return nil
}

// readOp finds out what has happened.
func (d *changelogDecoder) readOp(c byte, depth int) error {
	d.change, d.op = Unset, nil
	if c != '"' {
		start := d.pos
		if err := d.skip(depth); err != nil || c == 'n' {
			return err
		}
		d.op = d.b[start:d.pos]
		return nil
	}
	start, end, escaped, err := d.str()
	if err != nil {
		return err
	}
	d.op = d.b[start:end]
	if escaped {
		d.op = appendUnescaped(nil, d.op)
	}
	for i := range d.Ops {
		if string(d.op) == d.Ops[i].Name {
			d.change = d.Ops[i].Change
			break
		}
	}
	return nil
}

// image notes where a row's image is, and reads it if it is likely to be the
// next row.
func (d *changelogDecoder) image(r role, c byte, depth int) error {
	im, now := &d.images[r-roleBefore], layoutBefore
	if r == roleAfter {
		now = layoutAfter
	}
	again := im.end > 0
	if *im = (image{}); again {
		d.layout = layoutOther
	}
	opening := byte('{')
	if d.List {
		opening = '['
	}
	switch {
	case c == 'n':
		return d.word("null")
	case c != opening:
		if !d.ignore {
			return d.notRow(depth)
		}
		return d.skip(depth) // NULL
	}
	im.start = d.pos
	var err error
	switch {
	case d.Partial || d.List || d.layout >= layoutAfter:
		d.layout = layoutOther
		err = d.skip(depth)
	default:
		d.layout += now
		err = d.readMembers(d.root, d.cols, depth)
	}
	im.end = d.pos
	return err
}

func (d *changelogDecoder) notRow(depth int) error {
	start, what := d.pos, "a row"
	if d.List {
		what = "an array of rows"
	}
	if err := d.skip(depth); err != nil {
		return err
	}
	return fmt.Errorf("%s is not %s", clip(d.b[start:d.pos]), what)
}

// again reads the images of want in the order of its rows.
func (d *changelogDecoder) again(want layout) error {
	d.truncate(d.at)
	if want == layoutBoth && d.Partial {
		d.pos = d.images[0].start
		if err := d.old(); err != nil {
			return err
		}
		d.pos = d.images[1].start
		return d.merge(d.at)
	}
	for i, one := range []layout{layoutBefore, layoutAfter} {
		if want&one != 0 {
			d.pos = d.images[i].start
			if err := d.readMembers(d.root, d.cols, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// old reads the columns that an update has changed; the others lack a row now.
func (d *changelogDecoder) old() error {
	d.root.partial = true
	err := d.readMembers(d.root, d.cols, 1)
	d.root.partial = false
	return err
}

// merge reads the row after the update whose row before is row r of the columns
// as far as old had it.
func (d *changelogDecoder) merge(r int) error {
	if err := d.readMembers(d.root, d.cols, 1); err != nil {
		return err
	}
	for _, c := range d.cols {
		if c.Len() == r+1 {
			repeat(c, r)
		}
	}
	return nil
}

// repeat appends row i once more.
func repeat(v *vector.Vector, i int) {
	if v.Phys() == types.PhysBytes && !v.IsNull(i) {
		vector.Append(v, v.Refs()[i])
		return
	}
	v.AppendFrom(v, i)
}

// lists reads arrays of images.
func (d *changelogDecoder) lists(update bool) (rows int, err error) {
	old := d.images[0].start + 1 // place of the next row before; 0 = there is none
	d.pos = d.images[1].start + 1
	if d.peek() == ']' {
		return 0, nil
	}
	for more := true; more; {
		if update {
			next := d.pos
			if d.pos = old; old == 0 || d.peek() == ']' {
				return 0, fmt.Errorf("%q holds fewer rows than %q", d.Before, d.After)
			}
			if d.peek() != '{' {
				return 0, d.notRow(1)
			}
			if err := d.old(); err != nil {
				return 0, err
			}
			further, err := d.more(']')
			if err != nil {
				return 0, err
			}
			if old = d.pos; !further {
				old = 0
			}
			d.pos = next
		}
		if d.peek() != '{' {
			return 0, d.notRow(1)
		}
		if update {
			err = d.merge(d.at + rows)
			rows++
		} else {
			err = d.readMembers(d.root, d.cols, 1)
		}
		if err != nil {
			return 0, err
		}
		rows++
		if more, err = d.more(']'); err != nil {
			return 0, err
		}
	}
	return rows, nil
}

// metadata appends the metadata columns of the message's rows.
func (d *changelogDecoder) metadata(rows int) error {
	for i := range d.extras {
		e := &d.extras[i]
		to, from := d.out.Cols[e.column], e.from.v
		null := from.Len() == 0 || from.IsNull(0)
		if e.child >= 0 && !null {
			from = from.Child(e.child)
			null = from.IsNull(0)
		}
		for range rows {
			switch {
			case null:
				to.AppendNull()
			case e.as == Plain:
				to.AppendFrom(from, 0)
			case e.as == Clock:
				if err := appendClock(to, from.Bytes(0)); err != nil {
					return err
				}
			default:
				millis := from.Int64s()[0]
				if e.as == Seconds {
					millis *= 1000
				}
				vector.Append(to, millis)
			}
		}
	}
	return nil
}

// appendClock appends a date and time of UTC, with a blank or a T between them.
func appendClock(v *vector.Vector, text []byte) error {
	ts, err := types.ParseTimestampAs(text, types.FormatSQL, false)
	if err != nil {
		ts, err = types.ParseTimestampAs(text, types.FormatISO, false)
	}
	if err != nil {
		return fmt.Errorf("%q is not a timestamp", clip(text))
	}
	vector.Append(v, ts.Truncate(v.Type().Precision))
	return nil
}

// included reports whether the message is one of those to read.
func (d *changelogDecoder) included() (bool, error) {
	for i := range d.includes {
		in := &d.includes[i]
		text, ok, err := d.textOf(in.key)
		if err != nil {
			return false, err
		}
		if !ok {
			return false, fmt.Errorf("it has no %q", in.key)
		}
		if !in.known || !bytes.Equal(text, in.last) {
			if in.taken, err = in.match(text); err != nil {
				return false, err
			}
			in.last, in.known = append(in.last[:0], text...), true
		}
		if !in.taken {
			return false, nil
		}
	}
	return true, nil
}

// textOf finds the value of a key of the message as a text, "" for an object or
// array, and returns to the message's start.
func (d *changelogDecoder) textOf(key string) (text []byte, found bool, err error) {
	defer func() { d.pos = 0 }()
	if d.peek() != '{' {
		return nil, false, d.unexpected("an object")
	}
	d.pos++
	if d.peek() == '}' {
		return nil, false, nil
	}
	for more := true; more; {
		if d.peek() != '"' {
			return nil, false, d.unexpected("a key")
		}
		from, to, escaped, err := d.str()
		if err != nil {
			return nil, false, err
		}
		name := d.b[from:to]
		if escaped {
			name = appendUnescaped(nil, name)
		}
		if d.peek() != ':' {
			return nil, false, d.unexpected("':'")
		}
		d.pos++
		wanted := string(name) == key
		c, start := d.peek(), d.pos
		if err := d.skip(0); err != nil {
			return nil, false, err
		}
		if wanted {
			text, found = d.b[start:d.pos], true
			switch c {
			case '{', '[':
				text = nil
			case '"':
				d.scratch = appendUnescaped(d.scratch[:0], text[1:len(text)-1])
				text = d.scratch
			}
		}
		if more, err = d.more('}'); err != nil {
			return nil, false, err
		}
	}
	return text, found, nil
}
