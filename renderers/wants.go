package renderers

import "encoding/json"

// Wants is what a request asks for by name, as far as it is certain. A picture
// without it has an error among its findings; nothing wanted, nothing missing.
type Wants struct {
	Title      bool `json:"title,omitempty"`
	AxisLabels bool `json:"axis_labels,omitempty"`
	Legend     bool `json:"legend,omitempty"`
}

// json is how drivers take it, as an argument.
func (w Wants) json() string {
	text, err := json.Marshal(w)
	if err != nil {
		return "{}" // three flags can always be written
	}
	return string(text)
}
