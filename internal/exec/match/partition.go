package match

import "encoding/binary"

// loaded is a partition being processed.
type loaded struct {
	*partition
	entries map[int64]uint32 // rows that may be referred to, by number
}

// load decodes the runs of a partition.
func (op *Match) load(addr uint32) *loaded {
	p := &loaded{entries: map[int64]uint32{}}
	rec := op.record(addr)
	if rec.runs == 0 {
		p.partition = op.s.begin()
		rec.next = 0
		return p
	}
	for e := op.rows.Head(addr); e != 0; e = op.rows.After(e) {
		if *op.rows.Count(e) > 0 {
			p.entries[int64(*op.rows.Aux(e))] = e
		}
	}
	d := decoder{b: op.table.Blob(rec.runs)}
	p.partition = &partition{partial: d.runs(), complete: d.runs()}
	if rec.next > renumber {
		op.renumber(addr, p)
	}
	return p
}

// store encodes the runs of a partition and removes the rows that none of them
// refers to.
func (op *Match) store(addr uint32, p *loaded) error {
	used := map[int64]bool{}
	for _, q := range []runs{p.partial, p.complete} {
		for _, r := range q {
			for _, t := range r.rows {
				used[t.row] = true
			}
		}
	}
	for number, e := range p.entries {
		if !used[number] {
			op.rows.Remove(e)
		}
	}
	rec := op.record(addr)
	if len(p.complete) == 0 && len(p.partial) == 1 && p.partial[0].first == none {
		op.table.Free(&rec.runs)
		op.empty = append(op.empty, addr)
		return nil
	}
	return op.table.Put(&rec.runs, p.complete.encode(p.partial.encode(nil)))
}

// renumber counts the rows that runs refer to from 0 again.
func (op *Match) renumber(addr uint32, p *loaded) {
	to := map[int64]int64{}
	for e := op.rows.Head(addr); e != 0; e = op.rows.After(e) {
		if *op.rows.Count(e) > 0 {
			to[int64(*op.rows.Aux(e))] = 0
		}
	}
	// Numbers are in the order of processing, entries in that of arrival.
	next := int64(0)
	for number := int64(0); number < op.record(addr).next && int(next) < len(to); number++ {
		if _, ok := to[number]; ok {
			to[number] = next
			next++
		}
	}
	moved := map[int64]uint32{}
	for number, e := range p.entries {
		*op.rows.Aux(e) = int32(to[number])
		moved[to[number]] = e
	}
	p.entries = moved
	for _, q := range []runs{p.partial, p.complete} {
		for _, r := range q {
			if r.first != none {
				r.first = to[r.first]
			}
			for i := range r.rows {
				r.rows[i].row = to[r.rows[i].row]
			}
		}
	}
	op.record(addr).next = next
}

// encode appends runs in the order of their queue.
func (q runs) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(q)))
	for _, r := range q {
		b = binary.AppendUvarint(b, uint64(r.node))
		b = binary.AppendVarint(b, r.first)
		b = binary.AppendVarint(b, r.time)
		b = binary.AppendUvarint(b, uint64(len(r.rows)))
		for _, t := range r.rows {
			b = binary.AppendUvarint(b, uint64(t.name))
			b = binary.AppendUvarint(b, uint64(t.row))
		}
	}
	return b
}

// decoder reads what encode wrote.
type decoder struct{ b []byte }

func (d *decoder) uint() int64 {
	v, n := binary.Uvarint(d.b)
	d.b = d.b[n:]
	return int64(v)
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	d.b = d.b[n:]
	return v
}

func (d *decoder) runs() runs {
	q := make(runs, d.uint())
	for i := range q {
		r := &run{node: int(d.uint()), first: d.int(), time: d.int()}
		r.rows = make([]taken, d.uint())
		for k := range r.rows {
			r.rows[k] = taken{int(d.uint()), d.uint()}
		}
		q[i] = r
	}
	return q
}
