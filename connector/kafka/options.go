package kafka

import (
	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// Options of both connectors.
var (
	optTopic            = option.Option{Key: "topic", Kind: option.List, Help: "Topics to read, separated by ';', or the topic to write."}
	optTopicPattern     = option.Option{Key: "topic-pattern", Help: "Regular expression; every topic whose whole name matches is read."}
	optServers          = option.Option{Key: "properties.bootstrap.servers", Required: true, Help: "Addresses of some of the brokers, `host:port`, separated by commas."}
	optGroup            = option.Option{Key: "properties.group.id", Help: "Consumer group whose offsets are read by `group-offsets` and written when a checkpoint is complete."}
	optProperties       = option.Option{Key: "properties.*", Kind: option.Map, Help: "Options of Kafka's clients, e.g. `properties.security.protocol`; a key that has no meaning here is accepted and named in the log."}
	optFormat           = option.Option{Key: "format", Help: "Format of the record values; another word for `value.format`."}
	optKeyFormat        = option.Option{Key: "key.format", Help: "Format of the record keys; it needs `key.fields`."}
	optKeyFields        = option.Option{Key: "key.fields", Kind: option.List, Help: "Columns that the record key holds, separated by ';'."}
	optKeyPrefix        = option.Option{Key: "key.fields-prefix", Help: "Prefix of the key columns' names that the key format does not see; it needs `value.fields-include` = `EXCEPT_KEY`."}
	optValueFormat      = option.Option{Key: "value.format", Help: "Format of the record values."}
	optValueInclude     = option.Option{Key: "value.fields-include", Kind: option.Enum, Default: "ALL", Values: []string{"ALL", "EXCEPT_KEY"}, Help: "Whether the value holds the key columns as well."}
	optStartup          = option.Option{Key: "scan.startup.mode", Kind: option.Enum, Default: "group-offsets", Values: []string{"earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"}, Help: "Where a job that is not restored begins to read."}
	optStartupOffsets   = option.Option{Key: "scan.startup.specific-offsets", Help: "First offsets for `specific-offsets`: `partition:0,offset:42;partition:1,offset:300`."}
	optStartupTimestamp = option.Option{Key: "scan.startup.timestamp-millis", Kind: option.Int, Help: "Milliseconds since the epoch for `timestamp`: the first record not older is the first one read."}
	optBounded          = option.Option{Key: "scan.bounded.mode", Kind: option.Enum, Default: "unbounded", Values: []string{"unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"}, Help: "Where reading ends; all but `unbounded` make the table bounded."}
	optBoundedOffsets   = option.Option{Key: "scan.bounded.specific-offsets", Help: "Offsets behind the last record for `specific-offsets`, written as for the start."}
	optBoundedTimestamp = option.Option{Key: "scan.bounded.timestamp-millis", Kind: option.Int, Help: "Milliseconds since the epoch for `timestamp`: the first record not older is not read any more."}
	optDiscovery        = option.Option{Key: "scan.topic-partition-discovery.interval", Kind: option.Duration, Default: "5 min", Help: "How often new topics and partitions are looked for; 0 turns it off."}
	optScanParallelism  = option.Option{Key: "scan.parallelism", Kind: option.Int, Help: "Parallelism of the source; the job's without it."}
	optPartitioner      = option.Option{Key: "sink.partitioner", Kind: option.Enum, Default: "default", Values: []string{"default", "fixed", "round-robin"}, Help: "`default`: by key's hash as Kafka's clients do, without a key batch by batch; `fixed`: one partition for each subtask; `round-robin`."}
	optGuarantee        = option.Option{Key: "sink.delivery-guarantee", Kind: option.Enum, Default: "at-least-once", Values: []string{"none", "at-least-once", "exactly-once"}, Aliases: []string{"sink.semantic"}, Help: "`exactly-once` writes in transactions that are committed with the checkpoint; it needs `sink.transactional-id-prefix`."}
	optTxnPrefix        = option.Option{Key: "sink.transactional-id-prefix", Help: "Beginning of the transactional ids of `exactly-once`; no two jobs of a Kafka cluster may share it."}
	optSinkParallelism  = option.Option{Key: "sink.parallelism", Kind: option.Int, Help: "Parallelism of the sink; its input's without it."}
	optLost             = option.Option{Key: "flott.sink.lost-transaction", Kind: option.Enum, Default: "fail", Values: []string{"fail", "ignore"}, Help: "What to do when a transaction of the restored checkpoint can be committed no longer; `ignore` is for a restore from an old savepoint whose transactions are known to be committed."}
	optFlushRows        = option.Option{Key: "sink.buffer-flush.max-rows", Kind: option.Int, Default: "0", Help: "Rows that the sink holds back to write only the last change of a key; 0 (or no interval) turns it off."}
	optFlushInterval    = option.Option{Key: "sink.buffer-flush.interval", Kind: option.Duration, Default: "0 s", Help: "The longest time that rows are held back."}
)

// Metadata columns.
var (
	headersType    = types.MapOf(types.TString, types.TBytes).Required()
	headerListType = types.ArrayOf(types.RowOf(types.Field{Name: "key", Type: types.TString}, types.Field{Name: "value", Type: types.TBytes})).Required()
)

var metadata = []connector.Metadata{
	{Key: "topic", Type: types.TString.Required(), Writable: true},
	{Key: "partition", Type: types.TInt.Required()},
	{Key: "headers", Type: headersType, Writable: true},
	{Key: "header-list", Type: headerListType, Writable: true},
	{Key: "leader-epoch", Type: types.TInt},
	{Key: "offset", Type: types.TBigInt.Required()},
	{Key: "timestamp", Type: types.TimestampLTZOf(3).Required(), Writable: true},
	{Key: "timestamp-type", Type: types.TString.Required()},
}

// valueMetadata is what a table's value format offers, behind `value.`.
func valueMetadata(o option.Set) []connector.Metadata {
	var out []connector.Metadata
	for _, key := range []string{optFormat.Key, optValueFormat.Key} {
		if f, _, err := format.Scoped(o, key); err == nil {
			for _, m := range f.Metadata {
				out = append(out, connector.Metadata{Key: valuePrefix + m.Key, Type: m.Type})
			}
		}
	}
	return out
}

const valuePrefix = "value."

func init() {
	connector.Register(&connector.Connector{
		Name: "kafka",
		Help: "Reads and writes topics of Apache Kafka, exactly once with checkpoints.",
		Options: []option.Option{optTopic, optTopicPattern, optServers, optGroup, optProperties, optFormat, optKeyFormat, optKeyFields, optKeyPrefix,
			optValueFormat, optValueInclude, optStartup, optStartupOffsets, optStartupTimestamp, optBounded, optBoundedOffsets, optBoundedTimestamp,
			optDiscovery, optScanParallelism, optPartitioner, optGuarantee, optTxnPrefix, optSinkParallelism, optLost},
		Metadata: metadata, MetadataOf: valueMetadata,
		Formats:   []string{"format", "key.format", "value.format"},
		NewSource: func(t connector.Table) (connector.Source, error) { return newSource(t, false) },
		NewSink:   func(t connector.Table) (connector.Sink, error) { return newSink(t, false) },
	})
	connector.Register(&connector.Connector{
		Name: "upsert-kafka",
		Help: "Reads and writes a topic of Apache Kafka as a table of the latest value for each key; a null value deletes.",
		Options: []option.Option{optTopic, optServers, optGroup, optProperties, optKeyFormat, optKeyPrefix, optValueFormat, optValueInclude,
			optBounded, optBoundedOffsets, optBoundedTimestamp, optDiscovery, optScanParallelism,
			optFlushRows, optFlushInterval, optGuarantee, optTxnPrefix, optSinkParallelism, optLost},
		Metadata:  metadata,
		Formats:   []string{"key.format", "value.format"},
		NewSource: func(t connector.Table) (connector.Source, error) { return newSource(t, true) },
		NewSink:   func(t connector.Table) (connector.Sink, error) { return newSink(t, true) },
	})
}
