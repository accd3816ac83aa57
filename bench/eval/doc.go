// Package eval measures execute, render, score with self-debug rounds on files
// of tasks, by VisPlotBench's protocol (arXiv 2510.23642v2) and through the same
// loop that draws for a user.
//
// In the order in which a run passes them: read.go, jsonl.go, parquet.go,
// record.go (files to tasks), choose.go (which of them), settings.go (what makes
// two runs comparable), run.go and turns.go (tasks through the loop), store.go
// (results, one line each, that survive a kill), classes.go (errors by the
// paper's classes), score.go, ssim.go and judge.go (looks), figures.go and report.go
// (numbers), page.go and card.go (pictures),
// compare.go and merge.go (several runs).
package eval
