package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flott/flott/internal/rest"
)

func writeREST(w *bytes.Buffer) {
	w.WriteString("A server answers Flink's REST API at `--listen`, so that Flink's command line client and web dashboard, and what is built on the API, work with it. " +
		"All paths may begin with `/v1`. The same description is served as an OpenAPI document at `/openapi.json`.\n\n" +
		"Times are milliseconds since the epoch, durations milliseconds, `-1` is none; numbers that are none are the text `\"NaN\"`. " +
		"An error is `{\"errors\":[\"…\"]}` with status 4xx or 5xx: 400 a parameter or body that cannot be read, 403 a change that is not allowed, 404 an unknown path or id, " +
		"405 a wrong method, 413 a body above 1 MB, 501 what Flink has and flott not.\n\n" +
		"What takes a while (savepoints, stops, checkpoints) answers 202 with a `request-id`; its outcome is found under it for `rest.async.store-duration` (5 minutes) after the end. " +
		"Requests by pages of other sites that would change something are refused.\n\n" +
		"Not there: `/applications`, `/jobs/:jobid/rescales`, `/jobs/:jobid/coordinators`, `/jobs/:jobid/clientHeartbeat`.\n\n## Endpoints\n\n" +
		"| method | path | what | query | request | answer |\n|---|---|---|---|---|---|\n")
	doc := rest.OpenAPI(rest.Routes())
	for _, r := range rest.Routes() {
		var query []string
		for _, q := range r.Query {
			query = append(query, fmt.Sprintf("`%s`: %s", q.Name, q.Doc))
		}
		operation := sub(sub(doc["paths"])[braces(r.Path)])[strings.ToLower(r.Method)]
		request := schemaName(sub(sub(sub(sub(operation)["requestBody"])["content"])["application/json"])["schema"])
		good := sub(sub(sub(operation)["responses"])[fmt.Sprint(r.Status)])["content"]
		answer := schemaName(sub(sub(good)["application/json"])["schema"])
		if sub(good)["text/plain"] != nil {
			answer = "text"
		}
		fmt.Fprintf(w, "| %s | `%s` | %s | %s | %s | %d %s |\n", r.Method, r.Path, r.Summary, strings.Join(query, "; "), request, r.Status, answer)
	}
	w.WriteString("\n## Objects\n")
	schemas := sub(sub(doc["components"])["schemas"])
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if name == "empty" {
			continue
		}
		fmt.Fprintf(w, "\n### %s\n\n", name)
		writeFields(w, sub(schemas[name]))
	}
}

// sub is a member of the document that is an object.
func sub(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// braces writes :name as {name}.
func braces(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func writeFields(w *bytes.Buffer, schema map[string]any) {
	w.WriteString("| field | type | |\n|---|---|---|\n")
	required, _ := schema["required"].([]string)
	properties := sub(schema["properties"])
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p := sub(properties[name])
		note, _ := p["description"].(string)
		if !slices.Contains(required, name) {
			note = strings.TrimSuffix("not always; "+note, "; ")
		}
		if p["nullable"] == true {
			note = strings.TrimSuffix("or null; "+note, "; ")
		}
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", name, schemaName(p), note)
	}
}

// schemaName is a schema in a cell of a table.
func schemaName(v any) string {
	s := sub(v)
	switch {
	case s == nil:
		return ""
	case s["$ref"] != nil:
		name := strings.TrimPrefix(s["$ref"].(string), "#/components/schemas/")
		if name == "empty" {
			return "`{}`"
		}
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name))
	case s["allOf"] != nil:
		return schemaName(s["allOf"].([]map[string]any)[0])
	case s["oneOf"] != nil:
		return "number"
	case s["type"] == "array":
		return "array of " + schemaName(s["items"])
	case s["additionalProperties"] != nil && s["properties"] == nil:
		return "map of " + schemaName(s["additionalProperties"])
	case s["properties"] != nil:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(sub(s["properties"]))) {
			fields = append(fields, "`"+name+"`: "+schemaName(sub(s["properties"])[name]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return fmt.Sprint(s["type"])
}
