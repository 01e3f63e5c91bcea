package kernel

// Not stores !a.
func Not(out, a []bool) {
	a = a[:len(out)]
	for i := range out {
		out[i] = !a[i]
	}
}

// All stores a && b, for operands without NULLs.
func All(out, a, b []bool) {
	at, bt := step(a, out), step(b, out)
	for i := range out {
		out[i] = a[i&at] && b[i&bt]
	}
}

// Any stores a || b, for operands without NULLs.
func Any(out, a, b []bool) {
	at, bt := step(a, out), step(b, out)
	for i := range out {
		out[i] = a[i&at] || b[i&bt]
	}
}

// Trits are bitmaps of n three-valued truths: a row is TRUE, FALSE or, with
// neither bit, NULL.
type Trits struct {
	True, False []uint64
	n           int
}

// Load makes t the truths of x (or of the constant x[0]) and its validity, n
// rows.
func (t *Trits) Load(x []bool, valid []uint64, n int) {
	t.size(n)
	words := len(t.True)
	if len(x) != n || n == 1 {
		var yes, no uint64
		if Valid(valid, 0) {
			if x[0] {
				yes = ^uint64(0)
			} else {
				no = ^uint64(0)
			}
		}
		fill(t.True, yes)
		fill(t.False, no)
		return
	}
	Pack(t.True, x)
	for w := range words {
		v := ^uint64(0)
		if valid != nil {
			v = valid[w]
		}
		t.False[w] = v &^ t.True[w]
		t.True[w] &= v
	}
}

func (t *Trits) size(n int) {
	words := (n + 63) / 64
	if cap(t.True) < words {
		t.True, t.False = make([]uint64, words), make([]uint64, words)
	}
	t.True, t.False, t.n = t.True[:words], t.False[:words], n
}

// And makes t the three-valued t AND o.
func (t *Trits) And(o *Trits) {
	for w := range t.True {
		t.True[w] &= o.True[w]
		t.False[w] |= o.False[w]
	}
}

// Or makes t the three-valued t OR o.
func (t *Trits) Or(o *Trits) {
	for w := range t.True {
		t.True[w] |= o.True[w]
		t.False[w] &= o.False[w]
	}
}

// Store writes the truths back; valid has a word for every 64 rows.
func (t *Trits) Store(out []bool, valid []uint64) {
	Unpack(out, t.True)
	for w := range valid {
		valid[w] = t.True[w] | t.False[w]
	}
}

// Neutral makes every one of n rows TRUE (for AND) or FALSE (for OR).
func (t *Trits) Neutral(yes bool, n int) {
	t.size(n)
	var set, clear uint64 = ^uint64(0), 0
	if yes {
		fill(t.True, set)
		fill(t.False, clear)
	} else {
		fill(t.True, clear)
		fill(t.False, set)
	}
}

// Set writes one row.
func (t *Trits) Set(i int, yes, no bool) {
	bit := uint64(1) << (i & 63)
	t.True[i>>6] &^= bit
	t.False[i>>6] &^= bit
	if yes {
		t.True[i>>6] |= bit
	}
	if no {
		t.False[i>>6] |= bit
	}
}
