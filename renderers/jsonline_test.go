package renderers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestJSONLine(t *testing.T) {
	document := "{\"data\": {\"values\": [1, {\"mark\": 2}]},\n\"mark\": \"bar\",\n\"layer\": [\n  {\"mark\": 1},\n  {\"a\": 1,\n   \"mark\": 2}]\n}"
	for path, want := range map[string]int{"mark": 2, "layer": 3, "layer/0/mark": 4, "layer/1/mark": 6, "layer/1/gone": 4, "data/values/1/mark": 1, "gone": 0, "mark/deeper": 2} {
		assert.Equal(t, want, jsonLine(document, strings.Split(path, "/")), path)
	}
	assert.Equal(t, 0, jsonLine("{", []string{"a"}))
}

func FuzzJSONLine(f *testing.F) {
	f.Add("{\"a\": [1,\n{\"b\": 2}]}", "a/1/b")
	f.Fuzz(func(t *testing.T, document, path string) {
		line := jsonLine(document, strings.Split(path, "/"))
		assert.GreaterOrEqual(t, line, 0)
		assert.LessOrEqual(t, line, strings.Count(document, "\n")+1)
	})
}
