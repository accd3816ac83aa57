package mutants

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"viscoder/bench/tasks"
)

var vegaliteRules = []rule{
	{WrongColumn, vegaColumn},
	{Dropped, func(t tasks.Task) string { return vegaEdit(t, "color", func(map[string]any) any { return nil }) }},
	{Dropped, vegaFiltered},
	{WrongChart, vegaChart},
	replacing(Unlabelled, `(?m)^  "title": .*\n`, "", false),
	{Unlabelled, func(t tasks.Task) string {
		return vegaEdit(t, "y", func(d map[string]any) any { d["title"] = nil; return d })
	}},
	{Unlabelled, func(t tasks.Task) string {
		return vegaEdit(t, "x", func(d map[string]any) any { d["title"] = "value"; return d })
	}},
	{MadeUp, vegaMadeUp},
	instead(`{"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": [{"a": "A", "b": 28}, {"a": "B", "b": 55}]}, "mark": "bar", "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}}}`),
	replacing(WrongScale, `, "scale": \{"type": "log"\}`, "", true),
	replacing(WrongScale, `"sort": "-y", `, "", true),
	replacing(WrongScale, `, "aggregate": "sum"`, `, "stack": null`, true),
	replacing(WrongScale, `"stack": "zero"`, `"stack": null`, true),
}

// vegaEdit changes or, with nil, removes one channel of every encoding.
func vegaEdit(t tasks.Task, channel string, change func(map[string]any) any) string {
	var spec map[string]any
	if json.Unmarshal([]byte(t.Reference), &spec) != nil {
		return ""
	}
	changed := false
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, c := range node {
				walk(c)
			}
		case map[string]any:
			if e, ok := node["encoding"].(map[string]any); ok {
				if d, ok := e[channel].(map[string]any); ok {
					changed = true
					if e[channel] = change(d); e[channel] == nil {
						delete(e, channel)
					}
				}
			}
			for _, c := range node {
				walk(c)
			}
		}
	}
	walk(spec)
	if !changed {
		return ""
	}
	return indented(spec)
}

func indented(spec any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(spec) != nil {
		return ""
	}
	return b.String()
}

func vegaColumn(t tasks.Task) string {
	names, numeric := columns(t)
	for _, name := range numeric {
		other := another(numeric, name)
		if other == "" {
			for _, n := range names {
				if n != name {
					other = n
				}
			}
		}
		if p := strings.ReplaceAll(t.Reference, `"field": "`+name+`"`, `"field": "`+other+`"`); p != t.Reference && other != "" {
			return p
		}
	}
	return ""
}

var vegaCharts = map[string]string{"bar": "line", "line": "bar", "point": "bar", "rect": "point", "area": "line", "arc": "bar", "boxplot": "point", "circle": "bar"}

var firstMark = regexp.MustCompile(`"mark": (?:\{"type": )?"(\w+)"`)

func vegaChart(t tasks.Task) string {
	at := firstMark.FindStringSubmatchIndex(t.Reference)
	if at == nil {
		return ""
	}
	return t.Reference[:at[2]] + vegaCharts[t.Reference[at[2]:at[3]]] + t.Reference[at[3]:]
}

// vegaFiltered leaves the rows of one category away, or half of them.
func vegaFiltered(t tasks.Task) string {
	names, numeric := columns(t)
	for _, name := range names {
		if list := categories(t, name); !slices.Contains(numeric, name) && len(list) > 1 && len(list) <= manyColumn && !strings.Contains(list[0], "-0") {
			return strings.Replace(t.Reference, `"data": {"url": "data.csv"},`, `"data": {"url": "data.csv"}, "transform": [{"filter": "datum.`+name+` != '`+list[len(list)-1]+`'"}],`, 1)
		}
	}
	return ""
}

func vegaMadeUp(t tasks.Task) string {
	_, numeric := columns(t)
	if len(numeric) == 0 || strings.Contains(t.Reference, `"transform"`) {
		return ""
	}
	var steps []string
	for _, name := range numeric {
		steps = append(steps, `{"calculate": "datum.`+name+` * 1.37 + 3", "as": "`+name+`"}`)
	}
	return strings.Replace(t.Reference, `"data": {"url": "data.csv"},`, `"data": {"url": "data.csv"}, "transform": [`+strings.Join(steps, ", ")+`],`, 1)
}
