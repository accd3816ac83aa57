package selfdebug

import (
	"fmt"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// Task is what is to be drawn.
type Task struct {
	Prompt   string   `json:"prompt"`          // the request in the user's words
	Style    string   `json:"style,omitempty"` // wishes about looks, kept apart by benchmarks
	Setup    string   `json:"setup,omitempty"` // instruction about libraries instead of the language's own
	Language string   `json:"language"`        // name of a language, or "" or "auto" to choose by the request
	Data     []string `json:"data"`            // paths of data files
}

// Auto lets the request choose the language.
const Auto = "auto"

// defaultLanguage is chosen where the request names none.
const defaultLanguage = "python"

// Validate names what is missing.
func (t Task) Validate() error {
	if strings.TrimSpace(t.Prompt) == "" {
		return fault.New(fault.Usage, "the request is empty").
			WithHint(`Say what to draw: viscoder "plot monthly sales"`)
	}
	return nil
}

// PickLanguage resolves the task's language and says in a note what decided,
// where the user did not.
func PickLanguage(t Task) (*renderers.Language, string, error) {
	if t.Language != "" && !strings.EqualFold(t.Language, Auto) {
		lang, ok := renderers.ByName(t.Language)
		if !ok {
			return nil, "", fault.New(fault.Usage, "unknown language %q (--lang)", t.Language).
				WithHint("Known are %s and %s.", strings.Join(renderers.Names(), ", "), Auto)
		}
		return lang, "", nil
	}
	if lang, word := namedLanguage(t.Prompt); lang != nil {
		return lang, fmt.Sprintf("language %s, because the request says %q", lang.Name, word), nil
	}
	lang, ok := renderers.ByName(defaultLanguage)
	if !ok {
		return nil, "", fault.New(fault.Internal, "the default language %s is not registered", defaultLanguage)
	}
	return lang, fmt.Sprintf("language %s, as the request names none", lang.Name), nil
}

// aliases are words that name a language besides its name and title.
var aliases = map[string]string{
	"matplotlib": "python", "seaborn": "python", "plotly": "python", "altair": "python", "pandas": "python",
	"vega": "vegalite", "vega-lite": "vegalite", "vegalite": "vegalite",
}

// namedLanguage is the first language that a word of the request names.
func namedLanguage(request string) (*renderers.Language, string) {
	for _, word := range strings.FieldsFunc(strings.ToLower(request), notInWord) {
		word = strings.Trim(word, "-.")
		if lang, ok := renderers.ByName(aliases[word]); ok {
			return lang, word
		}
		for _, lang := range renderers.All() {
			if word == lang.Name || word == strings.ToLower(lang.Title) {
				return lang, word
			}
		}
	}
	return nil, ""
}

// notInWord splits at everything but letters, digits, hyphens and dots, so
// that "logo.svg" is one word and names no language.
func notInWord(r rune) bool {
	return !(r == '-' || r == '.' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
}
