package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/cli"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/metrics/report"
	"github.com/flott/flott/option"
)

func writeCLI(w *bytes.Buffer) {
	root := cli.Command()
	fmt.Fprintf(w, "%s\n\nExit codes: 0 all well, 1 a job failed, 2 usage or SQL error.\n\n", root.Long)
	for _, c := range root.Commands() {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		writeCommand(w, c)
	}
}

func writeCommand(w *bytes.Buffer, c *cobra.Command) {
	fmt.Fprintf(w, "## flott %s\n\n", c.Name())
	text := c.Long
	if text == "" {
		text = sentence(c.Short)
	}
	fmt.Fprintf(w, "%s\n\n```\n%s\n```\n\n", text, c.UseLine())
	if c.Example != "" {
		fmt.Fprintf(w, "Examples:\n\n```\n%s\n```\n\n", dedent(c.Example))
	}
	if !c.HasLocalFlags() {
		return
	}
	head(w, "flag", "default", "meaning")
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		flag := "--" + f.Name
		if f.Value.Type() != "bool" {
			flag += " …"
		}
		if f.Shorthand != "" {
			flag = "-" + f.Shorthand + ", " + flag
		}
		def := f.DefValue
		if def == "[]" || def == "false" {
			def = ""
		}
		row(w, code(flag), code(def), cell(sentence(f.Usage)))
	})
	w.WriteByte('\n')
}

// sentence gives a text of the command line's help a capital and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.TrimSuffix(strings.ToUpper(s[:1])+s[1:], ".") + "."
}

func dedent(s string) string {
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		lines = append(lines, strings.TrimPrefix(l, "  "))
	}
	return strings.Join(lines, "\n")
}

func writeOptions(w *bytes.Buffer) {
	w.WriteString("What the engine reads: by `-D key=value` on the command line, or `SET 'key' = 'value'` in a script. Keys, types and defaults are Flink's unless the meaning\n" +
		"says otherwise; those that begin with `flott.` are flott's own. Flink's other keys are accepted and have no effect; a key that neither knows is reported.\n\n")
	writeOptionTable(w, config.Options, "")
}

// kinds are the names of option types, as Flink's pages have them.
var kinds = map[option.Kind]string{
	option.String: "String", option.Int: "Integer", option.Float: "Double", option.Bool: "Boolean", option.Duration: "Duration", option.Memory: "MemorySize",
	option.Enum: "Enum", option.List: "List", option.Map: "Map",
}

func writeOptionTable(w *bytes.Buffer, options []option.Option, prefix string) {
	head(w, "option", "default", "type", "meaning")
	for _, o := range options {
		kind := kinds[o.Kind]
		if len(o.Values) > 0 {
			kind += ": " + cell(strings.Join(o.Values, ", "))
		}
		def := code(o.Default)
		if o.Required {
			def = "required"
		}
		help := cell(o.Help)
		if len(o.Aliases) > 0 {
			help += " Also: `" + strings.Join(o.Aliases, "`, `") + "`."
		}
		row(w, code(prefix+o.Key), def, kind, strings.TrimSpace(help))
	}
	w.WriteByte('\n')
}

func writeConnectors(w *bytes.Buffer) {
	w.WriteString("`'connector' = 'NAME'` in the WITH clause of CREATE TABLE. Options have the names that they have in Flink; one that a connector doesn't know is refused.\n" +
		"Every table that is read may also have `scan.watermark.emit.strategy` (`on-periodic`, `on-event`) and `scan.watermark.idle-timeout`.\n\n")
	for _, name := range connector.Names() {
		c := connector.Find(name)
		fmt.Fprintf(w, "## %s\n\n%s\n\n", name, c.Help)
		var can []string
		if c.NewSource != nil {
			can = append(can, "source")
		}
		if c.NewSink != nil {
			can = append(can, "sink")
		}
		fmt.Fprintf(w, "It is a %s.\n\n", strings.Join(can, " and a "))
		if len(c.Options) > 0 {
			writeOptionTable(w, c.Options, "")
		} else {
			w.WriteString("It has no options.\n\n")
		}
		if len(c.Metadata) > 0 {
			w.WriteString("Metadata columns (`name TYPE METADATA FROM 'key' [VIRTUAL]`):\n\n")
			head(w, "key", "type", "written")
			for _, m := range c.Metadata {
				row(w, code(m.Key), code(m.Type.String()), map[bool]string{true: "yes", false: "no: VIRTUAL"}[m.Writable])
			}
			w.WriteByte('\n')
		}
	}
}

func writeFormats(w *bytes.Buffer) {
	w.WriteString("`'format' = 'NAME'` in the WITH clause of CREATE TABLE; for Kafka also `key.format` and `value.format`. An option stands behind the format's name, and behind\n" +
		"`key.` or `value.` if that key chose the format: `'value.json.ignore-parse-errors' = 'true'`.\n\n")
	for _, name := range format.Names() {
		f := format.Find(name)
		fmt.Fprintf(w, "## %s\n\n%s\n\n", name, f.Help)
		if f.Changelog {
			w.WriteString("A changelog format: rows come and go as the messages say. An update is written as a row that goes and one that comes.\n\n")
		}
		if f.NewDecoder == nil {
			w.WriteString("It can only be written.\n\n")
		}
		if f.NewEncoder == nil {
			w.WriteString("It can only be read.\n\n")
		}
		if len(f.Options) > 0 {
			writeOptionTable(w, f.Options, name+".")
		} else {
			w.WriteString("It has no options.\n\n")
		}
		if len(f.Metadata) > 0 {
			w.WriteString("Metadata columns of a Kafka table (`name TYPE METADATA FROM 'value.key' VIRTUAL`):\n\n")
			head(w, "key", "type")
			for _, m := range f.Metadata {
				row(w, code("value."+m.Key), code(m.Type.String()))
			}
			w.WriteByte('\n')
		}
	}
}

func writeFunctions(w *bytes.Buffer) {
	families := map[string][]*function.Def{}
	for _, d := range function.All() {
		if d.Syntax != "" {
			families[d.Family] = append(families[d.Family], d)
		}
	}
	names := make([]string, 0, len(families))
	for f := range families {
		names = append(names, f)
	}
	slices.Sort(names)
	w.WriteString("Results are those of the examples, which a test runs; text stands as `CAST(… AS STRING)` prints it.\n\n")
	for _, family := range names {
		fmt.Fprintf(w, "## %s\n\n", strings.ToUpper(family[:1])+family[1:])
		head(w, "function", "what it does", "examples")
		for _, d := range families[family] {
			var examples []string
			for _, e := range d.Examples {
				examples = append(examples, code(e.Expr)+" → "+code(e.Result))
			}
			doc := d.Doc
			if len(d.Aliases) > 0 {
				doc += " Also: " + strings.Join(d.Aliases, ", ") + "."
			}
			row(w, code(d.Syntax), cell(doc), strings.Join(examples, "<br>"))
		}
		w.WriteByte('\n')
	}
}

func writeMetrics(w *bytes.Buffer) {
	w.WriteString("What is counted, by scope. The Prometheus reporter calls them `flink_` + scope + `_` + name, with '_' for '.'; labels say which host, task manager, job, task,\n" +
		"subtask and operator. Other reporters put the scope in front as `metrics.scope.…` says. How to send them somewhere: [metrics and logs](../guide/metrics-and-logs.md).\n\n" +
		"`metered` is a counter with its rate beside it: `numRecordsIn` and `numRecordsInPerSecond`. Rates are averages of the last minute.\n\n")
	scope := ""
	for _, m := range metrics.Table {
		if m.Scope != scope {
			if scope != "" {
				w.WriteByte('\n')
			}
			scope = m.Scope
			fmt.Fprintf(w, "## %s\n\n", scope)
			head(w, "name", "type", "meaning")
		}
		row(w, code(m.Name), m.Kind, cell(m.Help))
	}
	w.WriteString("\n## Not here\n\n")
	for _, m := range metrics.Missing {
		fmt.Fprintf(w, "- %s\n", m)
	}
	w.WriteString("\n## Reporters\n\nOptions of all, below `metrics.reporter.NAME.`:\n\n")
	writeOptionTable(w, report.Common(), "")
	for _, k := range report.Kinds {
		fmt.Fprintf(w, "### %s\n\n%s `factory.class`: `%s`, or `type`: `%s`.\n\n", k.Name, k.Help, k.Class, k.Name)
		if len(k.Options) > 0 {
			writeOptionTable(w, k.Options, "")
		}
	}
}

func writeErrors(w *bytes.Buffer) {
	w.WriteString("An error has a code, which stays the same from release to release: `error[unknown-column]: …`, and `\"code\"` with `--output jsonl`.\n\n")
	for _, c := range diag.Codes {
		fmt.Fprintf(w, "## %s\n\n%s\n\n%s\n\n", c.Name, c.Meaning, c.Fix)
	}
}
