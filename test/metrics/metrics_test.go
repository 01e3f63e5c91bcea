package metrics

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reporter are the settings of one reporter.
func reporter(class string, more map[string]string) map[string]string {
	s := map[string]string{"metrics.reporters": "r", "metrics.reporter.r.factory.class": class, "metrics.reporter.r.interval": "500 ms"}
	for k, v := range more {
		s["metrics.reporter.r."+k] = v
	}
	return s
}

func TestPrometheus(t *testing.T) {
	c := started(t, "prometheus")
	port := freePort(t)
	_, job := run(t, reporter("org.apache.flink.metrics.prometheus.PrometheusReporterFactory", map[string]string{"port": port, "scope.variables.excludes": "task_attempt_id"}))
	targets := filepath.Join(c.dir, "targets", job+".json")
	if err := os.WriteFile(targets, encode(t, []map[string]any{{"targets": []string{"127.0.0.1:" + port}}}), 0o644); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(targets)
	for _, query := range []string{
		`sum(flink_taskmanager_job_task_operator_numRecordsOut{job_name="` + job + `"}) > 100`,
		`flink_taskmanager_job_task_busyTimeMsPerSecond{job_name="` + job + `",task_attempt_id=""} >= 0`,
		`flink_jobmanager_job_numberOfCompletedCheckpoints{job_name="` + job + `"} >= 0`,
		`flink_taskmanager_Status_JVM_Memory_Heap_Used > 0`,
		`flink_taskmanager_job_task_mailboxLatencyMs{job_name="` + job + `",quantile="0.99"} >= 0`,
	} {
		eventually(t, query, func() (string, bool) {
			a := get(t, c.address+"/api/v1/query?query="+url.QueryEscape(query))
			return a, strings.Contains(a, `"status":"success"`) && strings.Contains(a, `"value":[`)
		})
	}
}

func TestPushGateway(t *testing.T) {
	c := started(t, "pushgateway")
	e, job := run(t, reporter("org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporterFactory", map[string]string{"hostUrl": c.address, "jobName": "flott", "groupingKey": "k1=v1;k2=a/b"}))
	eventually(t, "the group is there", func() (string, bool) {
		a := get(t, c.address+"/metrics")
		for line := range strings.Lines(a) {
			if strings.HasPrefix(line, "flink_taskmanager_job_task_operator_numRecordsIn{") && strings.Contains(line, job) && strings.Contains(line, `k2="a/b"`) {
				return "", true
			}
		}
		return a, false
	})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if a := get(t, c.address+"/metrics"); strings.Contains(a, job) {
		t.Errorf("the group stays: %.2000s", a)
	}
}

func TestInfluxDB(t *testing.T) {
	c := started(t, "influxdb")
	u, err := url.Parse(c.address)
	if err != nil {
		t.Fatal(err)
	}
	_, job := run(t, reporter("org.apache.flink.metrics.influxdb.InfluxdbReporterFactory", map[string]string{"host": u.Hostname(), "port": u.Port(), "db": "flott"}))
	for _, query := range []string{
		`SELECT last("count") FROM "taskmanager_job_task_operator_numRecordsOut" WHERE "job_name" = '` + job + `' AND "count" > 100`,
		`SELECT "value" FROM "taskmanager_job_task_idleTimeMsPerSecond" WHERE "job_name" = '` + job + `' LIMIT 1`,
		`SELECT "rate" FROM "taskmanager_job_task_numRecordsInPerSecond" WHERE "job_name" = '` + job + `' LIMIT 1`,
	} {
		eventually(t, query, func() (string, bool) {
			a := get(t, c.address+"/query?db=flott&q="+url.QueryEscape(query))
			return a, strings.Contains(a, `"values":[[`)
		})
	}
}

// TestCollector sends OTLP by gRPC and HTTP, with and without compression, and StatsD.
func TestCollector(t *testing.T) {
	c := started(t, "otelcol")
	class := "org.apache.flink.metrics.otel.OpenTelemetryMetricReporterFactory"
	h, _, err := net.SplitHostPort(c.address)
	if err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]map[string]string{
		"gRPC":      reporter(class, map[string]string{"exporter.endpoint": "http://" + c.address, "exporter.protocol": "gRPC", "service.name": "flott-test"}),
		"gRPC gzip": reporter(class, map[string]string{"exporter.endpoint": c.address, "exporter.compression": "gzip", "batch.size": "10"}),
		"HTTP": reporter(class, map[string]string{"exporter.endpoint": "http://" + net.JoinHostPort(h, c.port(t, "otelcol-http")) + "/v1/metrics", "exporter.protocol": "HTTP",
			"exporter.compression": "gzip"}),
		"StatsD":    reporter("org.apache.flink.metrics.statsd.StatsDReporterFactory", map[string]string{"host": h, "port": c.port(t, "otelcol-statsd"), "filter.includes": "*.job.*"}),
		"DogStatsD": reporter("statsd", map[string]string{"host": h, "port": c.port(t, "otelcol-statsd"), "dogstatsd": "true", "filter.includes": "*.job.*"}),
	} {
		t.Run(name, func(t *testing.T) {
			_, job := run(t, settings)
			eventually(t, "the collector has the job's metrics", func() (string, bool) {
				b, err := os.ReadFile(filepath.Join(c.dir, "metrics.json"))
				if err != nil {
					return err.Error(), false
				}
				for line := range strings.Lines(string(b)) {
					if strings.Contains(line, job) && strings.Contains(line, "numRecordsOut") && (name != "gRPC" || strings.Contains(line, "flott-test")) {
						return "", true
					}
				}
				return "nothing of it", false
			})
		})
	}
}

// TestOpenSearch: the lines of a job can be found by its name.
func TestOpenSearch(t *testing.T) {
	c := started(t, "opensearch")
	_, job := run(t, map[string]string{"flott.log.to": "stderr;search", "flott.log.level": "info", "flott.log.search.url": c.address, "flott.log.search.index": "flott-test",
		"flott.log.search.flush-interval": "100 ms", "metrics.reporter.r.type": "log", "metrics.reporter.r.filter.includes": "*.operator", "metrics.reporter.r.interval": "1 s"})
	for _, query := range []string{`job_name:"` + job + `" AND message:"job changed" AND state:RUNNING`, `message:metric AND name:"` + job + `"`} {
		eventually(t, query, func() (string, bool) {
			a := get(t, c.address+"/flott-test/_search?ignore_unavailable=true&q="+url.QueryEscape(query))
			return a, strings.Contains(a, `"@timestamp"`) && strings.Contains(a, job)
		})
	}
}
