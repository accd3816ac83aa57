package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// RepairFormats are the names WriteRepair knows.
func RepairFormats() []string { return []string{"md", "json", "jsonl"} }

// WriteRepair prints the medians by mode for people, or every row.
func WriteRepair(w io.Writer, rows []RepairRow, format string) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	switch format {
	case "md":
		return repairMarkdown(w, rows)
	case "json":
		encoder.SetIndent("", "  ")
		return encoder.Encode(rows)
	case "jsonl":
		for _, r := range rows {
			if err := encoder.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("bench: no format %q; there are %s", format, strings.Join(RepairFormats(), ", "))
}

func repairMarkdown(w io.Writer, rows []RepairRow) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "no turns")
		return err
	}
	byMode, order := map[string][]RepairRow{}, []string{}
	for _, r := range rows {
		if byMode[r.Mode] == nil {
			order = append(order, r.Mode)
		}
		byMode[r.Mode] = append(byMode[r.Mode], r)
	}
	s := rows[0].Setup
	fmt.Fprintf(w, "%s, %s, %d threads, KV %s, commit %s; medians of %d repair turns\n\n", s.Model, s.CPU, s.Threads, s.KVType, s.Commit, len(byMode[order[0]]))
	fmt.Fprintln(w, "| mode | wall s | TTFT ms | TPOT ms | gap p50 … p99 ms | prompt tokens (reused) | tokens | accepted of drafted | a decode gives | other text | ratio |")
	fmt.Fprintln(w, "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |")
	for _, mode := range order {
		all := byMode[mode]
		over := func(value func(RepairRow) float64) float64 {
			var values []float64
			for _, r := range all {
				values = append(values, value(r))
			}
			return middle(values)
		}
		drafted, accepted, other := 0, 0, 0
		for _, r := range all {
			drafted, accepted = drafted+r.Drafted, accepted+r.Accepted
			if !r.Same {
				other++
			}
		}
		ratio := "1"
		if q := over(func(r RepairRow) float64 { return r.Ratio }); q > 0 {
			ratio = fmt.Sprintf("%.2f", q)
		}
		share := "–"
		if drafted > 0 {
			share = fmt.Sprintf("%.0f %%", 100*float64(accepted)/float64(drafted))
		}
		fmt.Fprintf(w, "| %s | %.2f | %.0f | %.1f | %.1f … %.0f | %.0f (%.0f) | %.0f | %s | %.2f | %d | %s |\n", mode,
			over(func(r RepairRow) float64 { return r.WallS }), over(func(r RepairRow) float64 { return r.TTFTMS }),
			over(func(r RepairRow) float64 { return r.TPOTMS }), over(func(r RepairRow) float64 { return r.GapP50MS }),
			over(func(r RepairRow) float64 { return r.GapP99MS }), over(func(r RepairRow) float64 { return float64(r.PromptEvaluated) }),
			over(func(r RepairRow) float64 { return float64(r.PromptReused) }), over(func(r RepairRow) float64 { return float64(r.Generated) }),
			share, over(func(r RepairRow) float64 { return r.MeanAccepted }), other, ratio)
	}
	return nil
}

// turnLine is the progress after a turn.
func turnLine(rows []RepairRow) string {
	var parts []string
	for _, r := range rows {
		parts = append(parts, fmt.Sprintf("%s %.2f s", r.Mode, r.WallS))
	}
	return strings.Join(parts, ", ")
}
