package math

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "BIN", Strict: true, Appends: true, Family: "math", Syntax: "BIN(i)", Doc: "The binary digits of an integer, 64 of a negative one.",
			Examples: function.Examples("BIN(4)", "100"),
			Resolve:  function.Takes("BIN", types.TString, 0, function.BigInt.Typed()),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				return strconv.AppendUint(dst, uint64(kernel.At[int64](args[0], i)), 2), true
			})),
		},
		&function.Def{
			Name: "HEX", Strict: true, Appends: true, Family: "math", Syntax: "HEX(i) or HEX(s)",
			Doc:      "The hexadecimal digits of an integer or of a string's bytes, in upper case.",
			Examples: function.Examples("HEX(100)", "64", "HEX('é')", "C3A9"),
			Resolve: function.Takes("HEX", types.TString, 0, function.Of("an integer or a STRING", func(t types.Type) bool {
				return t.IsInteger() || t.IsString()
			}).Typed()),
			Make: func(_ *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				if ts[0].IsString() {
					return function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
						return fmt.Appendf(dst, "%X", args[0].Bytes(i)), true
					}), nil
				}
				read := kernel.Integers(ts[0].Phys())
				return function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
					return fmt.Appendf(dst, "%X", uint64(read(args[0], i))), true
				}), nil
			},
		},
		&function.Def{
			Name: "UNHEX", Strict: true, Appends: true, Family: "math", Syntax: "UNHEX(s)",
			Doc:      "The bytes that hexadecimal digits stand for; NULL for other text. An odd first digit is read as zero.",
			Examples: function.Examples("UNHEX('466C696E6B')", "Flink", "UNHEX('GG')", "NULL"),
			Resolve:  function.TakesNull("UNHEX", types.TBytes, 0, function.Str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				s := args[0].Bytes(i)
				if len(s)%2 == 1 {
					if _, err := hex.DecodeString("0" + string(s[:1])); err != nil {
						return dst, false
					}
					dst, s = append(dst, 0), s[1:]
				}
				dst, err := hex.AppendDecode(dst, s)
				return dst, err == nil
			})),
		},
	)
}
