package metrics

// Group is a scope of metrics.
type Group struct{}
