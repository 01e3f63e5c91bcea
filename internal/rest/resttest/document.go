// Package resttest holds answers of the REST API against its OpenAPI document.
package resttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Document is an OpenAPI document as the API serves it.
type Document struct{ root map[string]any }

// Read reads a document.
func Read(b []byte) (d Document, err error) {
	err = json.Unmarshal(b, &d.root)
	return d, err
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// Find returns the documented path that a path is an instance of, "" if there
// is none; one without parameters goes first. /v1 before it is left out.
func (d Document) Find(path string) string {
	if rest, ok := strings.CutPrefix(path, "/v1/"); ok {
		path = "/" + rest
	}
	best, fewest := "", 1<<30
	parts := strings.Split(path, "/")
	for p := range object(d.root["paths"]) {
		template := strings.Split(p, "/")
		if len(template) != len(parts) {
			continue
		}
		n := 0
		for i, t := range template {
			if strings.HasPrefix(t, "{") {
				n++
			} else if t != parts[i] {
				n = 1 << 30
				break
			}
		}
		if n < fewest {
			best, fewest = p, n
		}
	}
	return best
}

// Check reports how an answer differs from what is documented for its path and
// status: a field too many, one that is missing, another type.
func (d Document) Check(method, path string, status int, body []byte) error {
	found := d.Find(path)
	if found == "" {
		return fmt.Errorf("%s is not documented", path)
	}
	operation := object(object(object(d.root["paths"])[found])[strings.ToLower(method)])
	response := object(object(operation["responses"])[strconv.Itoa(status)])
	if response == nil {
		return fmt.Errorf("%s %s with status %d is not documented", method, found, status)
	}
	content := object(response["content"])
	if content["text/plain"] != nil {
		return nil
	}
	schema := object(object(content["application/json"])["schema"])
	if schema == nil {
		return fmt.Errorf("%s %s has no schema", method, found)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if err := d.match(schema, v); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// match reports where v is not what the schema says. It knows what rest.OpenAPI
// writes.
func (d Document) match(schema map[string]any, v any) error {
	if ref, ok := schema["$ref"].(string); ok {
		s := object(object(object(d.root["components"])["schemas"])[strings.TrimPrefix(ref, "#/components/schemas/")])
		if s == nil {
			return fmt.Errorf("%s leads nowhere", ref)
		}
		return d.match(s, v)
	}
	if len(schema) == 0 { // any value
		return nil
	}
	if v == nil {
		if schema["nullable"] == true {
			return nil
		}
		return fmt.Errorf("null where there is no null")
	}
	if all, ok := schema["allOf"].([]any); ok {
		return d.match(object(all[0]), v)
	}
	if one, ok := schema["oneOf"].([]any); ok {
		var err error
		for _, s := range one {
			if err = d.match(object(s), v); err == nil {
				return nil
			}
		}
		return err
	}
	ok := false
	switch schema["type"] {
	case "string":
		var s string
		s, ok = v.(string)
		if enum, is := schema["enum"].([]any); is && !slices.Contains(enum, any(s)) {
			ok = false
		}
	case "integer", "number":
		_, ok = v.(float64)
	case "boolean":
		_, ok = v.(bool)
	case "array":
		var a []any
		a, ok = v.([]any)
		for i, e := range a {
			if err := d.match(object(schema["items"]), e); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
	case "object":
		var m map[string]any
		if m, ok = v.(map[string]any); ok {
			return d.members(schema, m)
		}
	}
	if !ok {
		return fmt.Errorf("%v is no %v", v, schema["type"])
	}
	return nil
}

func (d Document) members(schema, m map[string]any) error {
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := m[name.(string)]; !ok {
			return fmt.Errorf("%v is missing", name)
		}
	}
	for name, e := range m {
		s := object(object(schema["properties"])[name])
		if s == nil {
			if s = object(schema["additionalProperties"]); s == nil && schema["properties"] != nil {
				return fmt.Errorf("%s is not documented", name)
			}
		}
		if s == nil {
			continue
		}
		if err := d.match(s, e); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
