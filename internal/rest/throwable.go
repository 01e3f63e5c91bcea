package rest

import (
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
)

// failureCause is an error in an answer. Flink's clients make an exception of
// its Java serialisation and print its message.
type failureCause struct {
	Class      string `json:"class"`
	StackTrace string `json:"stack-trace"`
	Serialized string `json:"serialized-throwable"`
}

func causeOf(err error) failureCause {
	text := api.Describe(err)
	class := "failed"
	var d *diag.Error
	var unknown *api.UnknownJobError
	switch {
	case errors.As(err, &d) && d.Code != "":
		class = d.Code
	case errors.As(err, &unknown):
		class = "unknown-job"
	}
	return cause(class, text)
}

func cause(class, text string) failureCause {
	return failureCause{Class: class, StackTrace: text, Serialized: base64.StdEncoding.EncodeToString(serialize(class, text))}
}

// maxUTF is the longest string of the short form.
const maxUTF = 1<<16 - 1

// serialize writes an org.apache.flink.util.SerializedThrowable with that
// message in the Java Object Serialization Stream Protocol: the descriptions of
// the class and those above it, then their fields from the top down.
func serialize(class, message string) []byte {
	const (
		object, classDesc, null, str, array, endBlock = 0x73, 0x72, 0x70, 0x74, 0x75, 0x78
		serializable, withWriteMethod                 = 2, 3
	)
	b := []byte{0xac, 0xed, 0, 5}
	utf := func(s string) {
		s = s[:min(len(s), maxUTF)]
		m := modifiedUTF8(s)
		b = binary.BigEndian.AppendUint16(b, uint16(len(m)))
		b = append(b, m...)
	}
	text := func(s string) {
		b = append(b, str)
		utf(s)
	}
	desc := func(name string, version int64, flags byte, nFields uint16) {
		b = append(b, classDesc)
		utf(name)
		b = binary.BigEndian.AppendUint64(b, uint64(version))
		b = append(b, flags)
		b = binary.BigEndian.AppendUint16(b, nFields)
	}
	field := func(kind byte, name, class string) {
		b = append(b, kind)
		utf(name)
		text(class)
	}
	b = append(b, object)
	desc("org.apache.flink.util.SerializedThrowable", 7284183123441947635, serializable, 3)
	field('L', "fullStringifiedStackTrace", "Ljava/lang/String;")
	field('L', "originalErrorClassName", "Ljava/lang/String;")
	field('[', "serializedException", "[B")
	b = append(b, endBlock)
	desc("java.lang.Exception", -3387516993124229948, serializable, 0)
	b = append(b, endBlock)
	desc("java.lang.Throwable", -3042686055658047285, withWriteMethod, 4)
	field('L', "cause", "Ljava/lang/Throwable;")
	field('L', "detailMessage", "Ljava/lang/String;")
	field('[', "stackTrace", "[Ljava/lang/StackTraceElement;")
	field('L', "suppressedExceptions", "Ljava/util/List;")
	b = append(b, endBlock, null)
	// Throwable.
	b = append(b, null)
	text(message)
	b = append(b, array)
	desc("[Ljava.lang.StackTraceElement;", 0x02462a3c3cfd2239, serializable, 0)
	b = append(b, endBlock, null, 0, 0, 0, 0)
	b = append(b, null, endBlock)
	// SerializedThrowable.
	text(message)
	text(class)
	return append(b, null)
}

// modifiedUTF8 is Java's encoding: NUL takes two bytes, and what lies beyond the
// basic plane is two surrogates of three bytes each.
func modifiedUTF8(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r == 0:
			out = append(out, 0xc0, 0x80)
		case r < 0x80:
			out = append(out, byte(r))
		case r < 0x800:
			out = append(out, 0xc0|byte(r>>6), 0x80|byte(r&0x3f))
		case r < 0x10000:
			out = append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
		default:
			r -= 0x10000
			for _, u := range []rune{0xd800 + r>>10, 0xdc00 + r&0x3ff} {
				out = append(out, 0xe0|byte(u>>12), 0x80|byte(u>>6&0x3f), 0x80|byte(u&0x3f))
			}
		}
		if len(out) > maxUTF-6 {
			break
		}
	}
	return out
}
