package cast

import (
	"bytes"
	"testing"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// FuzzText: no text panics on its way to a type, CAST fails where TRY_CAST is
// NULL, and what a value is printed as reads back to the same.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", " ", "1", "-1.5", "1e", "x", "9223372036854775808", "NaN", "-Infinity", "true", "2024-02-29", "12:34:56.789", "2024-02-29 12:34:56.123456789",
		"0001-01-01", "99999-12-31", "+", ".", "1e400", "\xff", "99999999999999999999999999999999999999", "0x1p3", "1e-99",
	} {
		f.Add(s)
	}
	targets := []types.Type{
		types.TBoolean, types.TTinyInt, types.TSmall, types.TInt, types.TBigInt, types.TFloat, types.TDouble, types.DecimalOf(5, 2), types.DecimalOf(3, 3),
		types.DecimalOf(38, 10), types.TDate, types.TimeOf(0), types.TimestampOf(3), types.TimestampLTZOf(9), types.CharOf(3), types.VarcharOf(2), types.BinaryOf(2), types.TBytes,
	}
	env := &function.Env{}
	run := func(t *testing.T, from *vector.Vector, to types.Type, try bool) (*vector.Vector, error) {
		k, err := Convert(env, from.Type(), to, try)
		if err != nil {
			t.Fatalf("%s to %s: %v", from.Type(), to, err)
		}
		out := vector.New(to, 1)
		if to.Phys() != types.PhysBytes {
			out.Resize(1)
		}
		err = k([]*vector.Vector{from}, out, 1)
		return out, err
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := vector.New(types.TString, 1)
		in.AppendString(s)
		for _, to := range targets {
			tried, err := run(t, in, to, true)
			if err != nil {
				t.Fatalf("TRY_CAST(%q AS %s): %v", s, to, err)
			}
			if _, err := run(t, in, to, false); (err != nil) != tried.IsNull(0) {
				t.Fatalf("CAST(%q AS %s): %v, but TRY_CAST is NULL: %t", s, to, err, tried.IsNull(0))
			}
			if tried.IsNull(0) || to.Kind == types.TimestampLTZ || to.IsBinary() {
				continue
			}
			text, err := run(t, tried, types.TString, false)
			if err != nil {
				t.Fatal(err)
			}
			back, err := run(t, text, to, true)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := AppendText(nil, tried, 0, types.UTC), AppendText(nil, back, 0, types.UTC); !bytes.Equal(a, b) && to.Kind != types.Decimal {
				t.Errorf("%q as %s is %s, read back %s", s, to, a, b)
			}
		}
	})
}
