// Package explain draws plans in the form of Flink's EXPLAIN: the syntax tree
// with Calcite's node names, the physical plan, the execution plan, and its JSON.
//
//	plan.Node ──▶ Logical            physical.Plan ──▶ Physical, JSON, States
//
// What stands in the trees is what flott plans; where that is shaped like Flink's
// plan it is also written like it. Nothing reads these texts back.
package explain
