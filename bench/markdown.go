package bench

import (
	"fmt"
	"io"
	"strings"
)

// seen is a column of the table for people; those that are empty in all rows are
// left out.
type seen struct {
	title string
	left  bool
	text  func(*Row) string
}

var seenColumns = []seen{
	{"test", true, func(r *Row) string { return r.Test }},
	{"depth", false, func(r *Row) string { return positive("%d", r.Depth) }},
	{"by", true, func(r *Row) string { return r.by() }},
	{"ms", false, func(r *Row) string { return positive("%.2f", r.MS) }},
	{"best ms", false, func(r *Row) string { return positive("%.2f", r.BestMS) }},
	{"tok/s", false, func(r *Row) string { return positive("%.1f", r.TokS) }},
	{"min … max", false, func(r *Row) string {
		if r.Tokens == 0 || len(r.Samples) == 0 {
			return ""
		}
		low, high := r.spread()
		return fmt.Sprintf("%.1f … %.1f", low, high)
	}},
	{"rate", false, func(r *Row) string {
		if r.Unit == "" {
			return ""
		}
		return fmt.Sprintf("%.1f %s", r.Rate, r.Unit)
	}},
	{"of limit", false, func(r *Row) string {
		if r.OfLimit == 0 {
			return ""
		}
		return fmt.Sprintf("%.0f %% (%s)", 100*r.OfLimit, r.LimitBy)
	}},
	{"× ggml", false, func(r *Row) string { return positive("%.2f", r.VsGGML) }},
	{"× llama-bench", false, func(r *Row) string { return positive("%.2f", r.VsLlamaBench) }},
}

// by names who took the samples, and with which kernels.
func (r Row) by() string {
	if r.Engine == engineOurs && r.Kernels != "" {
		return r.Kernels
	}
	return r.Engine
}

// positive formats a value, and nothing for zero, which stands for "not measured".
func positive[T int | float64](format string, value T) string {
	if value == 0 {
		return ""
	}
	return fmt.Sprintf(format, value)
}

func writeMarkdown(w io.Writer, rows []Row) error {
	var b strings.Builder
	for start := 0; start < len(rows); {
		end := start + 1
		for end < len(rows) && rows[end].Setup == rows[start].Setup && rows[end].Bench == rows[start].Bench {
			end++
		}
		if start > 0 {
			b.WriteString("\n")
		}
		markdownTable(&b, rows[start:end])
		start = end
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownTable prints rows of one set-up.
func markdownTable(b *strings.Builder, rows []Row) {
	s := rows[0].Setup
	fmt.Fprintf(b, "%s: %s (%.12s), %s, %d threads, KV %s, viscoder %s, native %s\n\n",
		rows[0].Bench, s.Model, s.ModelSHA256, s.CPU, s.Threads, s.KVType, s.Commit, s.NativeKey)
	var titles, rules []string
	var used []seen
	for _, c := range seenColumns {
		for i := range rows {
			if c.text(&rows[i]) == "" {
				continue
			}
			used = append(used, c)
			titles = append(titles, c.title)
			rules = append(rules, map[bool]string{true: ":--", false: "--:"}[c.left])
			break
		}
	}
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(titles)
	line(rules)
	for i := range rows {
		var cells []string
		for _, c := range used {
			cells = append(cells, c.text(&rows[i]))
		}
		line(cells)
	}
}
