package selfdebug

import (
	"fmt"
	"regexp"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// defaultLanguage draws charts, and everything that no rule knows of where no
// model can be asked.
const defaultLanguage = "python"

// pick is what the rules make of a task.
type pick struct {
	lang *renderers.Language
	why  string // empty: the user said so
	sure bool
}

func (p pick) note() string {
	if p.why == "" {
		return ""
	}
	return fmt.Sprintf("language %s, %s", p.lang.Name, p.why)
}

// PickLanguage resolves the task's language by rules and says in a note what
// decided, where the user did not. sure is false where no rule applies: the
// language is then the default, and a model may know better.
func PickLanguage(t Task) (lang *renderers.Language, note string, sure bool, err error) {
	p, err := pickByRules(t)
	return p.lang, p.note(), p.sure, err
}

// pickByRules asks in this order: what the user set, what the request names,
// data to be read, charts, kinds of pictures.
func pickByRules(t Task) (pick, error) {
	if t.Language != "" && !strings.EqualFold(t.Language, Auto) {
		lang, ok := renderers.ByName(t.Language)
		if !ok {
			return pick{}, fault.New(fault.Usage, "unknown language %q (--lang)", t.Language).
				WithHint("Known are %s and %s.", strings.Join(renderers.Names(), ", "), Auto)
		}
		return pick{lang: lang, sure: true}, nil
	}
	if lang, word := namedLanguage(t.Prompt); lang != nil {
		return pick{lang, fmt.Sprintf("because the request says %q", word), true}, nil
	}
	lang, ok := renderers.ByName(defaultLanguage)
	if !ok {
		return pick{}, fault.New(fault.Internal, "the default language %s is not registered", defaultLanguage)
	}
	kind, phrase := kindOf(t.Prompt)
	switch {
	case kind != nil && len(t.Data) == 0:
		return pick{kind, fmt.Sprintf("which suits %q", phrase), true}, nil
	case len(t.Data) > 0:
		return pick{lang, "as data is to be read and the request names no language", true}, nil
	case chart.MatchString(t.Prompt):
		return pick{lang, fmt.Sprintf("which draws charts (%q)", strings.ToLower(chart.FindString(t.Prompt))), true}, nil
	case shape.MatchString(t.Prompt):
		svg, _ := renderers.ByName("svg")
		return pick{svg, fmt.Sprintf("which draws shapes (%q)", strings.ToLower(shape.FindString(t.Prompt))), true}, nil
	}
	return pick{lang, "as the request names none", false}, nil
}

// aliases are words that name a language besides its name and title.
var aliases = map[string]string{
	"matplotlib": "python", "seaborn": "python", "plotly": "python", "altair": "python", "pandas": "python", "bokeh": "python", "plotnine": "python",
	"vega": "vegalite", "vega-lite": "vegalite", "vegalite": "vegalite",
	"tikz": "latex", "pgfplots": "latex", "circuitikz": "latex", "ggplot": "r", "ggplot2": "r", "chart.js": "html", "echarts": "html", "node.js": "javascript",
}

// mustBeAsked are names that also are everyday words: they count only behind
// one of usedBy.
var (
	mustBeAsked = map[string]bool{"r": true, "asymptote": true, "latex": true}
	usedBy      = map[string]bool{"in": true, "with": true, "using": true, "by": true, "as": true, "use": true}
)

// namedLanguage is the first language that a word of the request names.
func namedLanguage(request string) (*renderers.Language, string) {
	before := ""
	for _, word := range strings.FieldsFunc(strings.ToLower(request), notInWord) {
		word = strings.Trim(word, "-.")
		if lang := languageOf(word); lang != nil && (!mustBeAsked[word] || usedBy[before]) {
			return lang, word
		}
		before = word
	}
	return nil, ""
}

func languageOf(word string) *renderers.Language {
	if lang, ok := renderers.ByName(aliases[word]); ok {
		return lang
	}
	for _, lang := range renderers.All() {
		if word == lang.Name || word == strings.ToLower(lang.Title) {
			return lang
		}
	}
	return nil
}

// notInWord splits at everything but letters, digits, hyphens, dots and plus
// signs, so that "logo.svg" is one word and names no language, and "C++" does.
func notInWord(r rune) bool {
	return !(r == '-' || r == '.' || r == '+' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
}

// chart are words of requests that are meant for a plotting library.
var chart = regexp.MustCompile(`(?i)\b(?:plots?|charts?|graph of|histograms?|scatter\w*|bars?|heat ?maps?|pie|donut|box ?plots?|violins?|distribution|regression|time series|trend|subplots?|curves?|sine|cosine|sin|cos|function|surface|contours?|sales|by (?:year|month|week|day|country|region)|over time|versus|vs\.?)\b`)

// shape are words of requests for a plain drawing; small models make charts of
// made-up data of them otherwise.
var shape = regexp.MustCompile(`(?i)\b(?:circles?|squares?|triangles?|rectangles?|ellipses?|hexagons?|pentagons?|stars?|hearts?|smileys?)\b`)

// kinds of pictures that one language is made for.
var kinds = []struct {
	language string
	phrase   *regexp.Regexp
}{
	{"lilypond", regexp.MustCompile(`(?i)\b(?:sheet music|music(?:al)? (?:notation|score|staff)|piano score|melody|lead sheet|lullaby|nursery rhyme)\b`)},
	{"mermaid", regexp.MustCompile(`(?i)\b(?:flow ?charts?|sequence diagrams?|state diagrams?|gantt(?: charts?)?|mind ?maps?|user journey|git ?graph|er diagrams?|entity[- ]relationship)\b`)},
	{"plantuml", regexp.MustCompile(`(?i)\b(?:uml|class diagrams?|use[- ]case diagrams?|component diagrams?|deployment diagrams?|activity diagrams?)\b`)},
	{"graphviz", regexp.MustCompile(`(?i)\b(?:(?:dependency|directed|call|undirected) graphs?|family tree|org(?:ani[sz]ation)?(?:al)? chart|automaton|state machine)\b`)},
	{"latex", regexp.MustCompile(`(?i)\b(?:circuit(?: diagram)?s?|commutative diagrams?|feynman diagrams?|free[- ]body diagrams?|ray diagrams?)\b`)},
	{"html", regexp.MustCompile(`(?i)\b(?:web ?(?:page|site)s?|landing page|dashboards?|html page)\b`)},
	{"svg", regexp.MustCompile(`(?i)\b(?:icons?|logos?|badges?|emblems?|pictograms?)\b`)},
	{"cpp", regexp.MustCompile(`(?i)\b(?:ray ?trac(?:er|ing))\b`)},
}

// fileName is where a picture is to go, which says nothing of what it shows.
var fileName = regexp.MustCompile(`\S+\.\w{2,4}\b`)

// kindOf is the one language that is made for what the request speaks of; none
// where several are.
func kindOf(request string) (*renderers.Language, string) {
	request = fileName.ReplaceAllString(request, "")
	var found *renderers.Language
	phrase := ""
	for _, k := range kinds {
		match := k.phrase.FindString(request)
		if match == "" {
			continue
		}
		if found != nil {
			return nil, ""
		}
		found, _ = renderers.ByName(k.language)
		phrase = strings.ToLower(match)
	}
	return found, phrase
}
