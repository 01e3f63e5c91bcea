package rest

import (
	"reflect"
	"strings"
)

// object is a JSON object of the document; encoding/json writes its keys in order.
type object = map[string]any

func getOpenAPI(r *request) (any, error) {
	b, err := r.h.openAPI()
	return rawJSON(b), err
}

// OpenAPI returns the document of endpoints.
func OpenAPI(routes []Route) map[string]any {
	s := schemas{defs: object{}}
	paths := object{}
	for i := range routes {
		r := &routes[i]
		path := muxPath(r.Path)
		item, _ := paths[path].(object)
		if item == nil {
			item = object{}
			paths[path] = item
		}
		item[strings.ToLower(r.Method)] = s.operation(r)
	}
	s.of(reflect.TypeFor[errorBody]())
	return object{
		"openapi": "3.0.3",
		"info": object{"title": "flott REST API", "version": "v1", "description": "The REST API of Apache Flink in front of flott. All paths may begin with /v1. " +
			"Times are milliseconds since the epoch, durations milliseconds, -1 is none; numbers that are none are the text \"NaN\"."},
		"paths":      paths,
		"components": object{"schemas": s.defs},
	}
}

// schemas collects those of types.
type schemas struct{ defs object }

func (s *schemas) operation(r *Route) object {
	op := object{"summary": r.Summary}
	parameters := []object{}
	for _, part := range strings.Split(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parameters = append(parameters, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
		}
	}
	for _, q := range r.Query {
		parameters = append(parameters, object{"name": q.Name, "in": "query", "description": q.Doc, "schema": object{"type": "string"}})
	}
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if r.Request != nil {
		op["requestBody"] = object{"content": object{"application/json": object{"schema": s.of(reflect.TypeOf(r.Request))}}}
	}
	good := object{"description": "done"}
	switch {
	case r.Response != nil:
		good["content"] = object{"application/json": object{"schema": s.of(reflect.TypeOf(r.Response))}}
	case r.Path == "/openapi.json":
		good["content"] = object{"application/json": object{"schema": object{"type": "object"}}}
	default:
		good["content"] = object{"text/plain": object{"schema": object{"type": "string"}}}
	}
	op["responses"] = object{status(r.Status): good,
		"default": object{"description": "an error", "content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/errorBody"}}}}}
	return op
}

func status(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// field is a field of a struct as it is encoded.
type field struct {
	name, doc string
	optional  bool
	t         reflect.Type
}

// fieldsOf lists the fields of a struct, those of embedded ones in their place.
func fieldsOf(t reflect.Type) (out []field) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("json")
		if f.Anonymous && !ok {
			out = append(out, fieldsOf(f.Type)...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		out = append(out, field{name, f.Tag.Get("doc"), options == "omitempty", f.Type})
	}
	return out
}

// of returns the schema of a type; structs with a name are referred to.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[double]():
		return object{"oneOf": []object{{"type": "number"}, {"type": "string", "enum": []string{"NaN", "Infinity", "-Infinity"}}}}
	case t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "null["):
		inner := t.Field(0).Type.Elem()
		if inner.Kind() == reflect.String {
			return object{"type": "string", "nullable": true}
		}
		return object{"allOf": []object{s.of(inner)}, "nullable": true}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Interface: // any value
		return object{}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Struct:
		return s.structure(t)
	}
	panic("rest: no schema for " + t.String())
}

func (s *schemas) structure(t reflect.Type) object {
	name := t.Name()
	if name != "" && s.defs[name] != nil {
		return object{"$ref": "#/components/schemas/" + name}
	}
	out := object{"type": "object"}
	if name != "" {
		s.defs[name] = out
	}
	properties := object{}
	var required []string
	for _, f := range fieldsOf(t) {
		p := s.of(f.t)
		if f.doc != "" {
			if p["$ref"] != nil {
				p = object{"allOf": []object{p}}
			}
			p["description"] = f.doc
		}
		properties[f.name] = p
		if !f.optional {
			required = append(required, f.name)
		}
	}
	out["properties"] = properties
	// Requests leave out what they do not need.
	if len(required) > 0 && !strings.HasSuffix(name, "Trigger") {
		out["required"] = required
	}
	out["additionalProperties"] = false
	if name != "" {
		return object{"$ref": "#/components/schemas/" + name}
	}
	return out
}
