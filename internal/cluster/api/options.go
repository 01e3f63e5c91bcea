package api

import (
	"fmt"
	"strconv"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/option"
)

// ReadOptions reads options of a configuration into *int, *int64 (numbers or
// memory sizes), *float64, *bool, *string and *time.Duration; keys that are not
// set leave their place as it is.
func ReadOptions(config map[string]string, into map[string]any) error {
	for key, p := range into {
		text, ok := config[key]
		if !ok {
			continue
		}
		var err error
		switch p := p.(type) {
		case *int:
			var n int64
			n, err = option.ParseMemory(text)
			*p = int(n)
		case *int64:
			*p, err = option.ParseMemory(text)
		case *float64:
			*p, err = strconv.ParseFloat(text, 64)
		case *bool:
			*p, err = strconv.ParseBool(text)
		case *string:
			*p = text
		case *time.Duration:
			*p, err = option.ParseDuration(text)
		default:
			panic(fmt.Sprintf("option %s read into %T", key, p))
		}
		if err != nil {
			return &diag.Error{Code: "option-value", Stage: diag.StageRun, Message: fmt.Sprintf("option %q: %v", key, err), Cause: err}
		}
	}
	return nil
}

// Spills reports whether an operator can do with less managed memory than its
// data has, so that it must not take what others need.
func Spills(s spec.OperatorSpec) bool { return s.Kind() == "sort" }

// Managed reports whether an operator keeps state or sorts, and so is given
// managed memory.
func Managed(s spec.OperatorSpec) bool {
	if w, ok := s.(*spec.WindowTVF); ok {
		return w.Window.Kind == spec.Session // whose rows wait for its end
	}
	switch s.Kind() {
	case "source", "values", "calc", "watermark", "unnest", "expand", "drop-update-before", "sink", "collect":
		return false
	}
	return true
}
