// Package opt rewrites logical plans into cheaper ones with the same meaning:
// constants are computed, filters move towards the sources and into joins,
// projections are merged, and every node keeps only the columns that are used.
//
// Rules are plain functions from node to node, applied bottom-up; Optimize runs
// them in a fixed order. A rule never moves a filter below a Watermark: rows
// that are filtered out still advance event time, as in Flink.
package opt
