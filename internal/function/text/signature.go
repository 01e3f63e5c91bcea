package text

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/internal/kernel/swar"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// str and integer refuse an untyped NULL, as most functions of strings do.
var (
	str     = function.Str.Typed()
	integer = function.BigInt.As(types.TInt).Typed()
)

// sameType returns the first argument's type.
func sameType(args []function.Arg) (types.Type, error) {
	return args[0].Type.WithNotNull(function.NotNull(args)), nil
}

// varchar returns VARCHAR of the first argument's length.
func varchar(args []function.Arg) (types.Type, error) {
	return types.VarcharOf(args[0].Type.Precision).WithNotNull(function.NotNull(args)), nil
}

// nullableVarchar is varchar for what may be NULL in any case.
func nullableVarchar(args []function.Arg) (types.Type, error) {
	return types.VarcharOf(args[0].Type.Precision), nil
}

func intAt(v *vector.Vector, i int) int { return int(kernel.At[int32](v, i)) }

// skip returns the byte offset of character n of s, len(s) if s is shorter.
func skip(s []byte, n int) int {
	at := 0
	for ; n >= 8 && at+8 <= len(s) && binary.LittleEndian.Uint64(s[at:])&notASCII == 0; n -= 8 {
		at += 8
	}
	for ; n > 0 && at < len(s); n-- {
		if s[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRune(s[at:])
		at += size
	}
	return at
}

// count returns the number of characters.
func count(s []byte) int {
	n := plain(s)
	if n == len(s) {
		return n
	}
	return n + utf8.RuneCount(s[n:])
}

const notASCII = 0x8080808080808080

// plain returns how many bytes at the beginning of s are ASCII characters, eight
// or so less if there are others.
func plain(s []byte) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if binary.LittleEndian.Uint64(s[i:])&notASCII != 0 {
			return i
		}
	}
	if swar.Word(s, i)&notASCII != 0 {
		return i
	}
	return len(s)
}
