package join

import (
	"fmt"

	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// side is one input of a join and its rows in the state.
type side struct {
	types []types.Type
	keys  []int
	// How a row is found again when it is taken away:
	//   keyed     there is one row for each join key
	//   unique    by its own unique key; the row lies in the payload
	//   otherwise by all its bytes; not at all if nothing is ever taken away
	keyed    bool
	unique   []int
	retracts bool
	ttl      int64 // milliseconds that a row stays; 0 = for ever

	codec *rowkey.Codec // of whole rows
	ident *rowkey.Codec // of the unique key
	rows  *state.Multi

	enc      rowkey.Rows
	identEnc rowkey.Rows
	cols     []*vector.Vector
}

func newSide(ts []types.Type, keys []int, uniques [][]int, retracts bool) *side {
	s := &side{types: ts, keys: keys, retracts: retracts, codec: rowkey.New(ts)}
	if !retracts || len(uniques) == 0 {
		return s
	}
	for _, u := range uniques {
		if subset(u, keys) {
			s.keyed = true
			return s
		}
	}
	s.unique = uniques[0]
	var ids []types.Type
	for _, c := range s.unique {
		ids = append(ids, ts[c])
	}
	s.ident = rowkey.New(ids)
	return s
}

func subset(a, of []int) bool {
	for _, x := range a {
		found := false
		for _, y := range of {
			found = found || x == y
		}
		if !found {
			return false
		}
	}
	return true
}

// desc describes the side's list in the state.
func (s *side) desc(name string, list int) state.MultiDesc {
	how := "rows"
	switch {
	case s.ttl > 0 && s.keyed:
		how = "one expiring row a key"
	case s.ttl > 0 && s.unique != nil:
		how = fmt.Sprintf("expiring rows by unique key %v", s.unique)
	case s.ttl > 0:
		how = "expiring rows"

	case s.keyed:
		how = "one row a key"
	case s.unique != nil:
		how = fmt.Sprintf("rows by unique key %v", s.unique)
	}
	return state.MultiDesc{Name: name, Value: state.Fingerprint(how, s.types...), List: list,
		Indexed: s.retracts && !s.keyed, Payload: s.unique != nil, Timed: s.ttl > 0}
}

// encode prepares rows sel of a batch for the state.
func (s *side) encode(b *vector.Batch, sel []int32) {
	s.codec.Encode(&s.enc, b.Cols, b.Len(), sel, s.retracts && !s.keyed && s.unique == nil)
	if s.unique != nil {
		s.cols = s.cols[:0]
		for _, c := range s.unique {
			s.cols = append(s.cols, b.Cols[c])
		}
		s.ident.Encode(&s.identEnc, s.cols, b.Len(), sel, true)
	}
}

// add stores row i of those encoded under a key, with the number of rows of
// the other side that it matches.
func (s *side) add(key uint32, i int, matches int32, now int64) error {
	m := s.rows
	var e uint32
	var err error
	switch {
	case s.keyed:
		if old := m.Head(key); old != 0 {
			m.Remove(old)
		}
		e, err = m.Add(key, s.enc.Bytes(i), 0)
	case s.unique != nil:
		id, h := s.identEnc.Bytes(i), s.identEnc.Hashes()[i]
		if e = m.Find(key, id, h); e == 0 {
			e, err = m.Add(key, id, h)
		} else {
			*m.Count(e) = 0 // a row with the same unique key takes its place
		}
		if err == nil {
			err = m.SetPayload(e, s.enc.Bytes(i))
		}
	case s.retracts:
		v, h := s.enc.Bytes(i), s.enc.Hashes()[i]
		if e = m.Find(key, v, h); e == 0 {
			e, err = m.Add(key, v, h)
		}
	default:
		e, err = m.Add(key, s.enc.Bytes(i), 0)
	}
	if err != nil {
		return err
	}
	*m.Count(e)++
	*m.Aux(e) = matches
	if s.ttl > 0 {
		*m.Time(e) = now
	}
	return nil
}

// remove takes row i of those encoded away again; a row that isn't there is
// ignored.
func (s *side) remove(key uint32, i int) {
	m := s.rows
	var e uint32
	switch {
	case s.keyed:
		e = m.Head(key)
	case s.unique != nil:
		e = m.Find(key, s.identEnc.Bytes(i), s.identEnc.Hashes()[i])
	case s.retracts:
		e = m.Find(key, s.enc.Bytes(i), s.enc.Hashes()[i])
	}
	if e == 0 {
		return
	}
	if *m.Count(e)--; *m.Count(e) <= 0 {
		m.Remove(e)
	}
}

// expired reports that a row's time is over: it does not count any more.
func (s *side) expired(e uint32, now int64) bool {
	return s.ttl > 0 && now-*s.rows.Time(e) >= s.ttl
}
