package fidelity

import (
	"regexp"
	"strings"
)

// FromRequest derives facts from what a user asked and the data (CSV text, or
// ""). It is meant to be shown, so it is careful: what the request leaves open is
// no fact. Without any the result is empty.
func FromRequest(request, data string) Facts {
	r := reader{text: " " + strings.Join(strings.Fields(request), " ") + " ", table: readTable(data)}
	r.low = strings.ToLower(r.text)
	var f Facts
	r.kind(&f)
	r.labels(&f)
	r.looks(&f)
	r.columns(&f)
	return f
}

// reader reads one request.
type reader struct {
	text, low string
	table     table
}

func (r reader) says(pattern string) bool {
	return regexp.MustCompile(`(?i)` + pattern).MatchString(r.low)
}

// requestKinds are words that name exactly one kind of chart, the more special
// first.
var requestKinds = []struct{ pattern, kind string }{
	{`\bheat ?maps?\b`, "heatmap"}, {`\bhistograms?\b`, "histogram"}, {`\bbox ?plots?\b|\bbox-plots?\b`, "box"}, {`\bviolin`, "violin"},
	{`\bdou?gh?nuts?\b|\bdonuts?\b`, "donut"}, {`\bpie\b`, "pie"}, {`\bradar\b|\bspider chart`, "radar"}, {`\btree ?maps?\b`, "treemap"}, {`\bsankey\b`, "sankey"},
	{`\bsunburst\b`, "sunburst"}, {`\bbubble (?:chart|plot)`, "bubble"}, {`\bscatter`, "scatter"}, {`\barea (?:chart|plot|graph)|\bstacked areas?\b`, "area"},
	{`\bstep (?:chart|plot|line)`, "step"}, {`\bline (?:chart|plot|graph)|\bas (?:a )?lines?\b`, "line"}, {`\bbar (?:chart|plot|graph)|\b(?:stacked|grouped|horizontal|vertical) bars?\b|\bas bars\b|\bbarplot\b`, "bar"},
}

// kind is a fact only where one is named: two may be drawn together, or one may
// be what is not wanted.
func (r reader) kind(f *Facts) {
	if r.says(`\b(?:not|no|instead of|rather than|unlike)\s+(?:an?\s+)?(?:\w+\s+)?(?:chart|plot|graph|bars?|lines?|pie)`) {
		return
	}
	var found []string
	for _, k := range requestKinds {
		if r.says(k.pattern) {
			found = append(found, k.kind)
		}
	}
	if len(found) != 1 {
		return
	}
	f.Chart = Words{found[0]}
	yes, no := true, false
	if found[0] != "bar" && found[0] != "area" {
		return
	}
	switch stacked, grouped := r.says(`\bstack(?:ed)?\b`), r.says(`\bgrouped\b|\bside by side\b|\bside-by-side\b`); {
	case stacked && !grouped:
		f.Stacked = &yes
	case grouped && !stacked && found[0] == "bar":
		f.Stacked = &no
	}
	if found[0] != "bar" {
		return
	}
	if r.says(`\bhorizontal (?:stacked |grouped )?bars?\b`) {
		f.Horizontal = &yes
	}
	switch {
	case r.says(`\bsort(?:ed)?\b[^.;]*\b(?:descending|(?:highest|largest|biggest|greatest|longest) (?:first|on top|at the top|to))\b`):
		f.Sorted = "descending"
	case r.says(`\bsort(?:ed)?\b[^.;]*\b(?:ascending|(?:lowest|smallest|least|shortest) (?:first|on top|at the top|to))\b`):
		f.Sorted = "ascending"
	}
}

var (
	wantedTitle = regexp.MustCompile(`(?i)\btitled?:?\s+(?:it\s+)?["“']([^"”']{1,80})["”']`)
	wantedLabel = regexp.MustCompile(`(?i)\b([xy])[- ]axis(?: label(?:led|ed)?)?:?\s+(?:is\s+|as\s+)?["“']([^"”']{1,60})["”']`)
	wantedPaint = regexp.MustCompile(`(?i)\b(red|orange|yellow|green|teal|blue|purple|pink|brown|black|gr[ae]y)\s+(?:(?:dashed|dotted|thick|thin|solid|filled|vertical|horizontal)\s+)*(?:bars?|lines?|points?|dots?|markers?|circles?|area|boxes)\b`)
)

func (r reader) labels(f *Facts) {
	if m := wantedTitle.FindStringSubmatch(r.text); m != nil {
		f.Title = m[1]
	}
	axis := func(name string) *AxisFacts {
		at := map[string]**AxisFacts{"x": &f.X, "y": &f.Y}[name]
		if *at == nil {
			*at = &AxisFacts{}
		}
		return *at
	}
	for _, m := range wantedLabel.FindAllStringSubmatch(r.text, -1) {
		axis(strings.ToLower(m[1])).Label = m[2]
	}
	const log = `log(?:arithmic)?(?:[- ]scaled?)?`
	both := r.says(`\blog[- ]log\b`)
	for _, name := range []string{"x", "y"} {
		if both || r.says(`\b`+log+` `+name+`[- ]axis|\b`+name+`[- ]axis\b[^.;,]{0,30}\b`+log+`\b`) {
			axis(name).Scale = "log"
		}
	}
}

func (r reader) looks(f *Facts) {
	yes, no := true, false
	switch {
	case r.says(`\b(?:no|without(?: a)?|omit the|remove the|hide the) legend\b`):
		f.Legend = &no
	case r.says(`\b(?:with a|add a|include a|and a|show a) legend\b`):
		f.Legend = &yes
	}
	for _, m := range wantedPaint.FindAllStringSubmatch(r.text, -1) {
		f.Colours = append(f.Colours, strings.ToLower(m[1]))
	}
}

var grouped = regexp.MustCompile(`(?i)\b(average|mean|median|total|sum of|number of|count of)\s+(?:the\s+)?([\p{L}\d_ ]{1,40}?)\s+(?:by|per|for each|of each|in each)\s+([\p{L}\d_]+(?: [\p{L}\d_]+)?)`)

// columns are facts about the data: a column that is named has to be seen, unless
// rows have to be put together first and the request does not say how.
func (r reader) columns(f *Facts) {
	if m := grouped.FindStringSubmatch(r.text); m != nil {
		how := map[string]string{"average": "mean", "mean": "mean", "median": "median", "total": "sum", "sum of": "sum"}[strings.ToLower(m[1])]
		value, by := r.named(m[2]), r.named(m[3])
		if how != "" && value != "" && by != "" && numeric(r.table.cells(r.table.rows, value)) {
			f.Data = append(f.Data, DataFact{Column: value, Agg: how, By: []string{by}})
		}
		return
	}
	if r.says(`\b(?:average|mean|median|total|sum|count|number|share|percent|percentage|top|only|rolling|moving|cumulative|change|growth|distribution|histogram|box|violin|correlation|since|until|from|before|after|where|above|below|per|normali[sz]ed?)\b`) || !r.table.distinct() {
		return
	}
	for _, name := range r.table.names {
		if plain := spoken(name); len(plain) > 2 && strings.Contains(r.spoken(), " "+plain+" ") && numeric(r.table.cells(r.table.rows, name)) {
			f.Data = append(f.Data, DataFact{Column: name})
		}
	}
}

// named is the column that words mean, or "".
func (r reader) named(words string) string {
	plain := spoken(words)
	for _, name := range r.table.names {
		if have := spoken(name); have == plain || have+"s" == plain || strings.HasPrefix(plain, have+" ") {
			return name
		}
	}
	return ""
}

func (r reader) spoken() string { return " " + spoken(r.text) + " " }

// spoken is a name as it is said: units in brackets and underscores are not.
func spoken(name string) string {
	name, _, _ = strings.Cut(name, "(")
	return strings.Join(words(strings.ReplaceAll(name, "_", " ")), " ")
}

// distinct says whether a column is a key, the first one or one of names, so
// that rows can be drawn as they are.
func (t table) distinct() bool {
	for i, name := range t.names {
		cells := t.cells(t.rows, name)
		seen := map[string]bool{}
		for _, c := range cells {
			seen[c] = true
		}
		if len(cells) > 0 && len(seen) == len(cells) && (i == 0 || !numeric(cells)) {
			return true
		}
	}
	return false
}
