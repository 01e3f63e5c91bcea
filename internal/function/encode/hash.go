package encode

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"math"
	"unicode/utf16"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// text is a STRING or BYTES.
var text = function.Of("a STRING or BYTES", func(t types.Type) bool { return t.IsString() || t.IsBinary() }).Typed()

// digests append the hexadecimal digest of s.
var digests = map[string]func(dst, s []byte) []byte{
	"MD5":    func(dst, s []byte) []byte { d := md5.Sum(s); return hex.AppendEncode(dst, d[:]) },
	"SHA1":   func(dst, s []byte) []byte { d := sha1.Sum(s); return hex.AppendEncode(dst, d[:]) },
	"SHA224": func(dst, s []byte) []byte { d := sha256.Sum224(s); return hex.AppendEncode(dst, d[:]) },
	"SHA256": func(dst, s []byte) []byte { d := sha256.Sum256(s); return hex.AppendEncode(dst, d[:]) },
	"SHA384": func(dst, s []byte) []byte { d := sha512.Sum384(s); return hex.AppendEncode(dst, d[:]) },
	"SHA512": func(dst, s []byte) []byte { d := sha512.Sum512(s); return hex.AppendEncode(dst, d[:]) },
}

func init() {
	for name, length := range map[string]int32{"MD5": 32, "SHA1": 40, "SHA224": 56, "SHA256": 64, "SHA384": 96, "SHA512": 128} {
		digest := digests[name]
		function.Register(&function.Def{
			Name: name, Strict: true, Appends: true, Family: "hash", Syntax: name + "(s)", Doc: "The " + name + " digest as hexadecimal digits.",
			Examples: function.Examples(fmt.Sprintf("%s('abc')", name), string(digest(nil, []byte("abc")))),
			Resolve:  function.Takes(name, types.CharOf(length), 0, text),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				return digest(dst, args[0].Bytes(i)), true
			})),
		})
	}
	function.Register(
		&function.Def{
			Name: "SHA2", Strict: true, Appends: true, Partial: true, Family: "hash", Syntax: "SHA2(s, bits)",
			Doc:      "The SHA-2 digest of 224, 256, 384 or 512 bits as hexadecimal digits.",
			Examples: function.Examples("SHA2('abc', 224)", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
			Resolve:  function.Takes("SHA2", types.VarcharOf(128), 0, text, function.Int.Typed()),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if function.AnyNull(args, i) {
						out.AppendNull()
						continue
					}
					bits := kernel.At[int32](args[1], i)
					digest := digests[fmt.Sprintf("SHA%d", bits)]
					if digest == nil || bits < 224 {
						return function.Fail(i, "unknown-algorithm", "SHA2 has 224, 256, 384 and 512 bits, not %d", bits)
					}
					out.CloseBytes(digest(out.OpenBytes(), args[0].Bytes(i)))
				}
				return nil
			}),
		},
		&function.Def{
			Name: "HASH_CODE", Strict: true, Family: "hash", Syntax: "HASH_CODE(x)", Doc: "Java's hash code of a value; that of a string without its sign.",
			Examples: function.Examples("HASH_CODE('abc')", "96354"),
			Resolve: function.Takes("HASH_CODE", types.TInt, 0, function.Of("a plain value", func(t types.Type) bool {
				return len(t.Children()) == 0
			}).Typed()),
			Make: func(_ *function.Env, args []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				t := args[0]
				return function.Each(func(args []*vector.Vector, i int) (int32, bool) { return hashCode(args[0], t, i), true }), nil
			},
		},
	)
}

func hashCode(v *vector.Vector, t types.Type, i int) int32 {
	fold := func(x uint64) int32 { return int32(x ^ x>>32) }
	switch {
	case t.Kind == types.Boolean:
		if kernel.At[bool](v, i) {
			return 1231
		}
		return 1237
	case t.IsString():
		var h int32
		for _, c := range utf16.Encode([]rune(string(v.Bytes(i)))) {
			h = 31*h + int32(c)
		}
		return max(h, -h)
	case t.IsBinary():
		h := int32(1)
		for _, c := range v.Bytes(i) {
			h = 31*h + int32(int8(c))
		}
		return h
	case t.Kind == types.Decimal:
		x := kernel.Wide(t)(v, i)
		sign := int32(x.Sign())
		var h int32
		u := x.Abs()
		for _, w := range []uint32{uint32(u.Hi >> 32), uint32(u.Hi), uint32(u.Lo >> 32), uint32(u.Lo)} {
			h = 31*h + int32(w)
		}
		return 31*h*sign + t.Scale
	}
	switch t.Phys() {
	case types.PhysFloat32:
		if x := kernel.At[float32](v, i); x == x {
			return int32(math.Float32bits(x))
		}
		return 0x7fc00000 // every NaN is one to Java
	case types.PhysFloat64:
		if x := kernel.At[float64](v, i); x == x {
			return fold(math.Float64bits(x))
		}
		return 0x7ff80000
	case types.PhysInt64:
		return fold(uint64(kernel.At[int64](v, i)))
	case types.PhysStamp:
		s := v.Timestamp(i)
		return 31*fold(uint64(s.Milli)) + s.Nano
	}
	return int32(kernel.Integers(t.Phys())(v, i))
}
