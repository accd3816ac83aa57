package renderers

import (
	"embed"
	"fmt"
)

//go:embed samples
var samples embed.FS

// sample is the text of a file in samples/.
func sample(file string) string {
	text, err := samples.ReadFile("samples/" + file)
	if err != nil {
		panic(fmt.Sprintf("renderers: no sample %s: %v", file, err)) // embedded: known when viscoder is built
	}
	return string(text)
}
