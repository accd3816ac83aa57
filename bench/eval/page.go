package eval

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"time"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

var (
	//go:embed page/report.html
	reportHTML string
	//go:embed page/compare.html
	compareHTML string
	//go:embed page/parts.html
	partsHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string
)

// PageFile is the page of an evaluation in its folder.
const PageFile = "report.html"

// Outcomes of a task, by which a page filters.
const (
	outcomeFirst    = "first"    // passed at round 0
	outcomeRepaired = "repaired" // passed later
	outcomeFailed   = "failed"
)

func (r Result) outcome() string {
	switch {
	case !r.Passed:
		return outcomeFailed
	case r.passedBy(0):
		return outcomeFirst
	}
	return outcomeRepaired
}

var pageFuncs = template.FuncMap{
	"percent": percent, "one": one, "title": title, "span": span,
	"seconds": func(s float64) string {
		return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond).String()
	},
	"ratio":  func(v *float64) string { return fmt.Sprintf("%.2f", *v) },
	"number": number, "chips": newChips, "languageChips": languageChips,
	"shot": func(image template.URL, name, instead string) shot { return shot{image, name, instead} },
}

// render fills a page. It is one file: style, script and pictures are in it, and
// its policy lets nothing else run or load, whatever a program or a log holds.
func render(page string, data any) ([]byte, error) {
	sum := sha256.Sum256([]byte(pageJS))
	t, err := template.New("page").Funcs(pageFuncs).Funcs(template.FuncMap{
		"css": func() template.CSS { return template.CSS(pageCSS) },
		"js":  func() template.JS { return template.JS(pageJS) },
		"policy": func() string {
			return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		},
	}).Parse(partsHTML)
	if err == nil {
		t, err = t.Parse(page)
	}
	var out bytes.Buffer
	if err == nil {
		err = t.Execute(&out, data)
	}
	return out.Bytes(), err
}

// reportPage is what report.html shows.
type reportPage struct {
	Report
	Title string
	Names []string // of the languages
	Rows  []pageRow
	Cards []card
}

// pageRow is the figures of one language, or of all ("").
type pageRow struct {
	Language string
	Figures
	First float64 // percent passed at round 0
	Last  float64 // percent passed in the end
}

// Gain is what repairs brought, in percentage points.
func (r pageRow) Gain() float64 { return r.Last - r.First }

// Classes are the classes of errors with their counts, the commonest first.
func (r pageRow) Classes() []classRow {
	var rows []classRow
	for _, name := range r.classes() {
		rows = append(rows, classRow{name, r.ErrorClasses[name]})
	}
	return rows
}

type classRow struct {
	Name   string
	Counts []int
}

// writePage writes the page of a report into dir, where the results lie.
func (r Report) writePage(dir string, results []Result) error {
	page := reportPage{Report: r, Title: cmp.Or(r.Settings.Model, "model") + " · " + r.Settings.Policy}
	page.Names = r.languages()
	page.Rows = append(page.Rows, newPageRow("", r.Figures))
	for _, l := range page.Names {
		page.Rows = append(page.Rows, newPageRow(l, r.Languages[l]))
	}
	sorted := slices.SortedFunc(slices.Values(results), func(a, b Result) int {
		return cmp.Or(cmp.Compare(slices.Index(page.Names, a.Language), slices.Index(page.Names, b.Language)), cmp.Compare(a.Key, b.Key))
	})
	for _, one := range sorted {
		page.Cards = append(page.Cards, newCard(dir, one))
	}
	return writeHTML(filepath.Join(dir, PageFile), reportHTML, page)
}

func newPageRow(language string, f Figures) pageRow {
	return pageRow{Language: language, Figures: f, First: f.PassRate[0], Last: f.PassRate[len(f.PassRate)-1]}
}

func writeHTML(path, page string, data any) error {
	text, err := render(page, data)
	if err != nil {
		return fmt.Errorf("the page %s: %w", path, err)
	}
	if err := atomicfile.WriteFile(path, text, 0o644); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot write %s", path)
	}
	return nil
}
