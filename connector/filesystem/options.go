package filesystem

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

var (
	pathOption      = option.Option{Key: "path", Kind: option.String, Required: true, Help: "File or folder, a plain path or file:///… ."}
	formatOption    = option.Option{Key: "format", Kind: option.String, Required: true, Help: "Format of the files."}
	defaultName     = option.Option{Key: "partition.default-name", Kind: option.String, Default: "__DEFAULT_PARTITION__", Help: "Folder name for a partition value that is NULL or empty."}
	monitorInterval = option.Option{Key: "source.monitor-interval", Kind: option.Duration, Help: "Look for new files that often; the source then never ends."}
	pathPattern     = option.Option{Key: "source.path.regex-pattern", Kind: option.String, Help: "Read only files whose whole path matches."}
	statistics      = option.Option{Key: "source.report-statistics", Kind: option.Enum, Default: "ALL", Values: []string{"NONE", "ALL"}, Ignored: true, Help: "Accepted; the planner needs no statistics yet."}
	rollSize        = option.Option{Key: "sink.rolling-policy.file-size", Kind: option.Memory, Default: "128 mb", Help: "A file is closed when it has this size."}
	rollInterval    = option.Option{Key: "sink.rolling-policy.rollover-interval", Kind: option.Duration, Default: "30 min", Help: "A file is closed when it is so old."}
	rollInactivity  = option.Option{Key: "sink.rolling-policy.inactivity-interval", Kind: option.Duration, Default: "30 min", Help: "A file is closed when nothing was written for so long."}
	rollCheck       = option.Option{Key: "sink.rolling-policy.check-interval", Kind: option.Duration, Default: "1 min", Ignored: true, Help: "Accepted; ages are checked at each checkpoint."}
	commitPolicy    = option.Option{Key: "sink.partition-commit.policy.kind", Kind: option.String, Help: "success-file: write an empty file into a folder when files of it became visible."}
	commitTrigger   = option.Option{Key: "sink.partition-commit.trigger", Kind: option.Enum, Default: "process-time", Values: []string{"process-time"}, Help: "process-time is the only trigger so far."}
	successFile     = option.Option{Key: "sink.partition-commit.success-file.name", Kind: option.String, Default: "_SUCCESS", Help: "Name of the success file."}
	shuffle         = option.Option{Key: "sink.shuffle-by-partition.enable", Kind: option.Bool, Default: "false", Ignored: true, Help: "Accepted without effect."}
	sinkParallelism = option.Option{Key: "sink.parallelism", Kind: option.Int, Help: "Parallelism of the sink."}
)

func init() {
	connector.Register(&connector.Connector{
		Name: "filesystem",
		Help: "Files and folders as tables; a sink's files become visible when a checkpoint or the end commits them.",
		Options: []option.Option{pathOption, formatOption, defaultName, monitorInterval, pathPattern, statistics, rollSize, rollInterval, rollInactivity, rollCheck,
			commitPolicy, commitTrigger, successFile, shuffle, sinkParallelism},
		Metadata: []connector.Metadata{
			{Key: "file.path", Type: types.TString.Required()},
			{Key: "file.name", Type: types.TString.Required()},
			{Key: "file.size", Type: types.TBigInt.Required()},
			{Key: "file.modification-time", Type: types.TimestampLTZOf(3).Required()},
		},
		Formats:   []string{"format"},
		NewSource: newSource,
		NewSink:   newSink,
	})
}

func fail(code, help, format string, args ...any) error {
	return &diag.Error{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Help: help}
}

// root returns the table's path on the local file system.
func root(t connector.Table) (string, error) {
	text := t.Options.Text(pathOption)
	if text == "" {
		return "", fail("missing-option", "add 'path' = '…'", "option \"path\" is missing")
	}
	i := strings.Index(text, "://")
	if i < 0 {
		return filepath.Clean(strings.TrimPrefix(text, "file:")), nil
	}
	if text[:i] != "file" {
		return "", fail("not-supported", "use a local path", "'path' = '%s': file system %q is not supported yet", text, text[:i])
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", fail("option-value", "", "'path' = '%s' is not a path: %v", text, err)
	}
	return filepath.Clean(u.Path), nil
}

func pattern(t connector.Table) (*regexp.Regexp, error) {
	text, ok := t.Options.Get(pathPattern)
	if !ok {
		return nil, nil
	}
	re, err := regexp.Compile("^(?:" + text + ")$")
	if err != nil {
		return nil, fail("option-value", "", "'%s' is not a regular expression: %v", pathPattern.Key, err)
	}
	return re, nil
}
