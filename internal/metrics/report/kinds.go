package report

import (
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// Kind is a kind of reporter.
type Kind struct {
	Name    string // short form, for `type`
	Class   string // Flink's factory class
	Help    string
	Options []option.Option
	open    func(*base) (sender, error)
}

// Common are the options of all reporters, below `metrics.reporter.NAME.`.
func Common() []option.Option { return common }

var (
	interval       = option.Option{Key: "interval", Kind: option.Duration, Default: "10 s", Help: "Time between two reports."}
	scopeDelimiter = option.Option{Key: "scope.delimiter", Kind: option.String, Help: "Between the parts of an identifier; default: metrics.scope.delimiter."}
	excludes       = option.Option{Key: "scope.variables.excludes", Kind: option.String, Help: "Variables that do not become labels, separated by ';': `task_attempt_id;task_attempt_num` keeps restarts from multiplying series."}
	additional     = option.Option{Key: "scope.variables.additional", Kind: option.String, Help: "Further labels: `name:value,name:value`."}
	includes       = option.Option{Key: "filter.includes", Kind: option.String, Default: "*:*:*", Help: "Metrics to report, separated by ';': `scope:name,name:type,type`, where '*' stands for anything and the scope is that of the reference with '.'."}
	excluded       = option.Option{Key: "filter.excludes", Kind: option.String, Help: "Metrics not to report, in the same form."}

	common = []option.Option{interval, includes, excluded, excludes, additional, scopeDelimiter}
)

func key(name string, kind option.Kind, def, help string) option.Option {
	return option.Option{Key: name, Kind: kind, Default: def, Help: help}
}

func required(name, help string) option.Option {
	return option.Option{Key: name, Kind: option.String, Required: true, Help: help}
}

func secret(name, help string) option.Option {
	return option.Option{Key: name, Kind: option.String, Secret: true, Help: help}
}

var (
	host         = required("host", "Host of the receiver.")
	filterLabels = key("filterLabelValueCharacters", option.Bool, "true", "Replace all but letters, digits, ':' and '_' in label values by '_'.")

	promPort = key("port", option.String, "9249", "Port, list or range of ports (`9249-9260`); the first free one is taken.")
	promHost = key("host", option.String, "127.0.0.1", "Address to listen on. (Flink: all.)")

	gatewayURL    = required("hostUrl", "The push gateway: http://HOST:PORT.")
	gatewayJob    = key("jobName", option.String, "", "Job name of the pushed group.")
	gatewayRandom = key("randomJobNameSuffix", option.Bool, "true", "Append something random to the job name.")
	gatewayDelete = key("deleteOnShutdown", option.Bool, "true", "Delete the group at the end.")
	gatewayKey    = key("groupingKey", option.String, "", "Labels of the group: `k1=v1;k2=v2`.")

	user     = key("username", option.String, "", "User.")
	password = secret("password", "Password.")

	influxScheme      = option.Option{Key: "scheme", Kind: option.Enum, Default: "http", Values: []string{"http", "https"}, Help: "Scheme."}
	influxPort        = key("port", option.Int, "8086", "Port.")
	influxDB          = required("db", "Database.")
	influxRetention   = key("retentionPolicy", option.String, "", "Retention policy; default: the server's.")
	influxConsistency = option.Option{Key: "consistency", Kind: option.Enum, Default: "ONE", Values: []string{"ALL", "ANY", "ONE", "QUORUM"}, Help: "Write consistency."}
	influxConnect     = key("connectTimeout", option.Int, "10000", "Milliseconds to connect.")
	influxWrite       = key("writeTimeout", option.Int, "10000", "Milliseconds of one write.")

	port      = option.Option{Key: "port", Kind: option.Int, Required: true, Help: "Port of the receiver."}
	statsTags = key("dogstatsd", option.Bool, "false", "Names by logical scope, variables as tags, in Datadog's form of the protocol. (Not in Flink.)")

	graphiteProtocol = option.Option{Key: "protocol", Kind: option.Enum, Default: "TCP", Values: []string{"TCP", "UDP"}, Help: "Transport."}

	ddKey       = option.Option{Key: "apikey", Kind: option.String, Required: true, Secret: true, Help: "Datadog API key."}
	ddProxyHost = key("proxyHost", option.String, "", "HTTP proxy.")
	ddProxyPort = key("proxyPort", option.Int, "8080", "Its port.")
	ddCenter    = option.Option{Key: "dataCenter", Kind: option.Enum, Default: "US", Values: []string{"US", "EU"}, Help: "Datadog's site."}
	ddURL       = key("url", option.String, "", "Another address to post series to. (Not in Flink.)")
	ddMax       = key("maxMetricsPerRequest", option.Int, "2000", "Series in one request.")
	ddLogical   = key("useLogicalIdentifier", option.Bool, "false", "Names by logical scope instead of the identifier.")
	ddTags      = key("tags", option.String, "", "Tags of all series: `a:b,c`.")

	otlpEndpoint    = required("exporter.endpoint", "http://HOST:4317 for gRPC, http://HOST:4318/v1/metrics for HTTP.")
	otlpProtocol    = option.Option{Key: "exporter.protocol", Kind: option.Enum, Default: "gRPC", Values: []string{"gRPC", "HTTP"}, Help: "OTLP over gRPC or HTTP, both with protobuf."}
	otlpTimeout     = key("exporter.timeout", option.Duration, "10 s", "Longest time of one export.")
	otlpCompression = option.Option{Key: "exporter.compression", Kind: option.Enum, Default: "none", Values: []string{"none", "gzip"}, Help: "Compression."}
	otlpHeaders     = secret("exporter.headers", "Headers of each request: `name:value,name:value`. (Not in Flink.)")
	otlpService     = key("service.name", option.String, "", "Resource attribute service.name.")
	otlpVersion     = key("service.version", option.String, "", "Resource attribute service.version.")
	otlpBatch       = key("batch.size", option.Int, "0", "Metrics in one export; 0 = all.")
	otlpComplete    = key("export-completion-timeout-millis", option.Int, "300000", "Longest time of all exports of a report.")
)

// Kinds lists the reporters there are.
var Kinds = []Kind{
	{"prometheus", "org.apache.flink.metrics.prometheus.PrometheusReporterFactory", "Prometheus comes and reads them at http://HOST:PORT/metrics.",
		[]option.Option{promPort, promHost, filterLabels}, openPull},
	{"pushgateway", "org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporterFactory", "Sends them to a Prometheus push gateway.",
		[]option.Option{gatewayURL, gatewayJob, gatewayRandom, gatewayDelete, gatewayKey, user, password, filterLabels}, openGateway},
	{"influxdb", "org.apache.flink.metrics.influxdb.InfluxdbReporterFactory", "Writes them to InfluxDB (line protocol of version 1, which later ones take, too).",
		[]option.Option{influxScheme, host, influxPort, influxDB, user, password, influxRetention, influxConsistency, influxConnect, influxWrite}, openInflux},
	{"statsd", "org.apache.flink.metrics.statsd.StatsDReporterFactory", "Sends them to StatsD by UDP, all as gauges.",
		[]option.Option{host, port, statsTags}, openStatsD},
	{"graphite", "org.apache.flink.metrics.graphite.GraphiteReporterFactory", "Sends them to Graphite's plain text port.",
		[]option.Option{host, port, graphiteProtocol}, openGraphite},
	{"datadog", "org.apache.flink.metrics.datadog.DatadogHttpReporterFactory", "Posts them to Datadog.",
		[]option.Option{ddKey, ddCenter, ddURL, ddProxyHost, ddProxyPort, ddMax, ddLogical, ddTags}, openDatadog},
	{"otlp", "org.apache.flink.metrics.otel.OpenTelemetryMetricReporterFactory", "Exports them to an OpenTelemetry collector. Counters are cumulative sums.",
		[]option.Option{otlpEndpoint, otlpProtocol, otlpTimeout, otlpCompression, otlpHeaders, otlpService, otlpVersion, otlpBatch, otlpComplete}, openOTLP},
	{"log", "org.apache.flink.metrics.slf4j.Slf4jReporterFactory", "Writes them to the log, a line each, at level info (`flott.log.level`).", nil, openLog},
}

// findKind finds a reporter by `factory.class` or `type`.
func findKind(own string, conf option.Set) (Kind, error) {
	name := strings.TrimSpace(conf["factory.class"])
	at := own + "factory.class"
	if name == "" {
		if name = strings.TrimSpace(conf["type"]); name != "" {
			at = own + "type"
		}
	}
	short := strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "Factory")
	var known []string
	for _, k := range Kinds {
		if strings.EqualFold(name, k.Name) || short+"Factory" == k.Class[strings.LastIndexByte(k.Class, '.')+1:] {
			return k, nil
		}
		known = append(known, k.Name)
	}
	list := "the reporters are " + strings.Join(known, ", ") + ", or Flink's factory classes of these"
	switch {
	case name == "":
		return Kind{}, fail(at, list, "the reporter has no class")
	case strings.EqualFold(name, "jmx") || strings.HasPrefix(short, "JMX"):
		return Kind{}, &diag.Error{Code: "not-supported", Stage: diag.StageValidate, Message: "there is no JMX without a Java virtual machine",
			Help: "use the prometheus reporter, or the REST API's metrics"}
	}
	return Kind{}, fail(at, list, "there is no metrics reporter %q", name)
}
