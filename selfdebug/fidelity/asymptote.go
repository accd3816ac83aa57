package fidelity

import (
	"regexp"
	"strings"

	"viscoder/renderers/scene"
)

var (
	asyString = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	asyAxis   = regexp.MustCompile(`\b([xyz])axis3?\s*\(`)
	asyScale  = regexp.MustCompile(`\bscale\s*\(\s*([^)]*)\)`)
	asyPen    = regexp.MustCompile(`\b(red|green|blue|orange|purple|brown|cyan|magenta|yellow|black|gr[ae]y|pink|olive|(?:light|heavy|deep|pale|dark|royal|medium)[a-z]+)\b`)
	asyRGB    = regexp.MustCompile(`\brgb\(\s*"?([0-9a-fA-F]{6})"?\s*\)`)
	asyParts  = regexp.MustCompile(`^(light|heavy|deep|pale|dark|royal|medium)`)
	literals  = regexp.MustCompile(`-?\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`)
)

// seeAsymptote reads labels, axes, colours and numbers off the source.
func seeAsymptote(e Evidence, v *view) {
	for _, s := range asyString.FindAllStringSubmatch(v.code, -1) {
		text := strings.NewReplacer("$", "", `\\`, `\`, `\$`, "$", `\%`, "%", `\ `, " ").Replace(s[1])
		v.texts = append(v.texts, text)
		v.titles = append(v.titles, text)
	}
	v.numbers = floats(literals.FindAllString(asyString.ReplaceAllString(v.code, `""`), -1))
	for _, pen := range asyPen.FindAllString(v.code, -1) {
		v.colours = append(v.colours, strings.ReplaceAll(asyParts.ReplaceAllString(pen, ""), "grey", "gray"))
	}
	for _, m := range asyRGB.FindAllStringSubmatch(v.code, -1) {
		v.colours = append(v.colours, "#"+m[1])
	}
	p := scene.Panel{Marks: []scene.Mark{{Type: "nothing"}}}
	for _, at := range asyAxis.FindAllStringSubmatchIndex(v.code, -1) {
		axis := map[string]*scene.Axis{"x": &p.X, "y": &p.Y, "z": &p.Z}[v.code[at[2]:at[3]]]
		rest := strings.TrimSpace(v.code[at[1]:])
		rest = strings.TrimSpace(strings.TrimPrefix(rest, "Label("))
		if s := asyString.FindStringSubmatchIndex(rest); s != nil && s[0] == 0 {
			axis.Label = strings.ReplaceAll(rest[s[2]:s[3]], "$", "")
		}
	}
	if m := asyScale.FindStringSubmatch(v.code); m != nil {
		for i, s := range strings.Split(m[1], ",") {
			if axes := []*scene.Axis{&p.X, &p.Y, &p.Z}; strings.TrimSpace(s) == "Log" && i < 3 {
				axes[i].Scale = "log"
			}
		}
	}
	v.figures = append(v.figures, scene.Figure{Panels: []scene.Panel{p}})
}
