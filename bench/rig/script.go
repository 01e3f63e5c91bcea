package rig

import "fmt"

// Script is a pass-through in Flink SQL.
type Script struct {
	Format string // raw or json
	// Sink and Source are further options of the tables, `'key' = 'value'` each.
	Sink, Source []string
	// Set are settings, which the script begins with.
	Set map[string]string
}

// KeepRaw says what the raw script keeps: all but ids that end in 00.
func KeepRaw(id int64) bool { return id%100 != 0 || id == 0 }

// KeepJSON says what the JSON script keeps.
func KeepJSON(id int64) bool { return id%100 != 0 }

// Keep says what the script keeps.
func (s Script) Keep(id int64) bool {
	if s.Format == "raw" {
		return KeepRaw(id)
	}
	return KeepJSON(id)
}

// SQL is the script's text, on a broker.
func (s Script) SQL(broker string) string {
	columns, query := Columns, "SELECT "+ColumnNames+" FROM source WHERE MOD(id, 100) <> 0"
	if s.Format == "raw" {
		columns, query = "line STRING", `SELECT line FROM source WHERE line NOT LIKE '{"id":%00,"categoryId"%'`
	}
	text := ""
	for k, v := range s.Set {
		text += fmt.Sprintf("SET '%s' = '%s';\n", k, v)
	}
	table := func(name, topic string, options []string) {
		text += fmt.Sprintf("CREATE TABLE %s (%s) WITH (\n  'connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'format' = '%s'", name, columns, topic, broker, s.Format)
		for _, o := range options {
			text += ",\n  " + o
		}
		text += ");\n"
	}
	table("source", "in", append([]string{"'scan.startup.mode' = 'earliest-offset'"}, s.Source...))
	table("sink", "out", s.Sink)
	return text + "INSERT INTO sink " + query + ";\n"
}
