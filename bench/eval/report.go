package eval

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
	"viscoder/renderers"
)

// Report is report.json: the figures of all tasks, then those of each language.
// The overall figures are micro-averages: every task counts the same.
type Report struct {
	Settings Settings `json:"settings"`
	Complete bool     `json:"complete"` // every chosen task has a result
	Chosen   int      `json:"chosen"`   // tasks; 0 = unknown
	WallS    float64  `json:"wall_s"`   // of all sessions together
	Figures
	Languages map[string]Figures `json:"languages"`
}

// NewReport makes the report of results; chosen is how many there will be.
func NewReport(s Settings, results []Result, chosen int) Report {
	r := Report{Settings: s, Chosen: chosen, Complete: len(results) == chosen, WallS: wall(results),
		Figures: Summarise(results, s.Rounds), Languages: map[string]Figures{}}
	by := map[string][]Result{}
	for _, one := range results {
		by[one.Language] = append(by[one.Language], one)
	}
	for lang, mine := range by {
		r.Languages[lang] = Summarise(mine, s.Rounds)
	}
	return r
}

// wall sums the sessions, each as long as its last result says.
func wall(results []Result) float64 {
	longest := map[time.Time]float64{}
	for _, r := range results {
		longest[r.Session] = max(longest[r.Session], r.ElapsedS)
	}
	sum := 0.0
	for _, s := range longest {
		sum += s
	}
	return sum
}

// Files of a report.
const (
	reportJSON = "report.json"
	reportMD   = "report.md"
)

// Write leaves report.json, report.md and the page in the folder of the results.
func (r Report) Write(dir string, results []Result) error {
	if err := writeJSON(filepath.Join(dir, reportJSON), r); err != nil {
		return err
	}
	if err := atomicfile.WriteFile(filepath.Join(dir, reportMD), []byte(r.Markdown()), 0o644); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot write the report")
	}
	return r.writePage(dir, results)
}

// languages of the report in the order of the renderers.
func (r Report) languages() []string {
	order := renderers.Names()
	return slices.SortedFunc(maps.Keys(r.Languages), func(a, b string) int {
		return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
	})
}

// Markdown is the report for people.
func (r Report) Markdown() string {
	var b strings.Builder
	s := r.Settings
	fmt.Fprintf(&b, "# %s, policy %s\n\n", cmp.Or(s.Model, "model"), s.Policy)
	fmt.Fprintf(&b, "%d tasks (%s), up to %d repair rounds, time limits %s, seed %d; %s of wall time.\n", r.Tasks, s.Choice.Split, s.Rounds,
		s.Timeouts, s.Choice.Seed, span(r.WallS))
	if !r.Complete {
		fmt.Fprintf(&b, "\n**Not complete: %d of %d tasks.**\n", r.Tasks, r.Chosen)
	}
	r.passTable(&b)
	r.looksTable(&b)
	r.costTable(&b)
	r.classTable(&b)
	return b.String()
}

// rows are the overall figures and then those of the languages.
func (r Report) rows() (titles []string, all []Figures) {
	titles, all = []string{"**all**"}, []Figures{r.Figures}
	for _, l := range r.languages() {
		titles, all = append(titles, title(l)), append(all, r.Languages[l])
	}
	return titles, all
}

func title(language string) string {
	if l, ok := renderers.ByName(language); ok {
		return l.Title
	}
	return language
}

func (r Report) passTable(b *strings.Builder) {
	b.WriteString("\n## Execution pass rate, % after each round\n\n| language | tasks |")
	for n := range r.Settings.Rounds + 1 {
		fmt.Fprintf(b, " %d |", n)
	}
	b.WriteString(" repaired of failing | fidelity | same program again |\n|:--|--:|" + strings.Repeat("--:|", r.Settings.Rounds+4) + "\n")
	titles, rows := r.rows()
	for i, f := range rows {
		fmt.Fprintf(b, "| %s | %d |", titles[i], f.Tasks)
		for _, p := range f.PassRate {
			fmt.Fprintf(b, " %.1f |", p)
		}
		fmt.Fprintf(b, " %d of %d%s | %s | %s |\n", f.Repaired, f.FailedFirst, paren(percent(f.RepairedShare)), percent(f.Fidelity), percent(f.IdenticalRate))
	}
}

// looksTable is about likeness to references, where there are any.
func (r Report) looksTable(b *strings.Builder) {
	if r.SSIM == nil && r.TaskScore == nil {
		return
	}
	b.WriteString("\n## Looks\n\n| language | SSIM to the reference | of tasks | task score | visual score |\n|:--|--:|--:|--:|--:|\n")
	titles, rows := r.rows()
	for i, f := range rows {
		ssim := "–"
		if f.SSIM != nil {
			ssim = fmt.Sprintf("%.2f", *f.SSIM)
		}
		fmt.Fprintf(b, "| %s | %s | %d | %s | %s |\n", titles[i], ssim, f.SSIMTasks, number(f.TaskScore), number(f.VisualScore))
	}
}

func (r Report) costTable(b *strings.Builder) {
	b.WriteString("\n## Cost\n\n| language | tokens decoded | prompt tokens evaluated | reused | seconds to a checked picture, median | p90 |\n|:--|--:|--:|--:|--:|--:|\n")
	titles, rows := r.rows()
	for i, f := range rows {
		fmt.Fprintf(b, "| %s | %d | %d | %d | %s | %s |\n", titles[i], f.Decoded, f.Evaluated, f.Reused, number(f.MedianS), number(f.P90S))
	}
}

func (r Report) classTable(b *strings.Builder) {
	if len(r.ErrorClasses) == 0 {
		return
	}
	b.WriteString("\n## Failing tasks by class of error, after each round\n\n| language | class |")
	for n := range r.Settings.Rounds + 1 {
		fmt.Fprintf(b, " %d |", n)
	}
	b.WriteString("\n|:--|:--|" + strings.Repeat("--:|", r.Settings.Rounds+1) + "\n")
	for _, l := range r.languages() {
		f := r.Languages[l]
		for _, class := range f.classes() {
			fmt.Fprintf(b, "| %s | %s |", title(l), class)
			for _, n := range f.ErrorClasses[class] {
				fmt.Fprintf(b, " %d |", n)
			}
			b.WriteString("\n")
		}
	}
}

// classes of errors, the commonest at first first.
func (f Figures) classes() []string {
	return slices.SortedFunc(maps.Keys(f.ErrorClasses), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.ErrorClasses[b][0], f.ErrorClasses[a][0]), cmp.Compare(a, b))
	})
}

func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	return strconv.FormatFloat(*share*100, 'f', 1, 64) + " %"
}

func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return strconv.FormatFloat(*v, 'f', 1, 64)
}

func paren(s string) string {
	if s == "–" {
		return ""
	}
	return " (" + s + ")"
}

// span is a duration in words that are short.
func span(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}
