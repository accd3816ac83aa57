package fidelity

import (
	"regexp"
	"strings"
)

// words checks what is read or seen in colour.
func (c *checker) words() {
	for _, t := range c.facts.Texts {
		c.fact(readable(c.view.texts, t), "the text “%s” cannot be read in the picture", t)
	}
	for _, name := range c.facts.Colours {
		found := false
		for _, have := range c.view.colours {
			found = found || sameColour(name, have)
		}
		c.fact(found, "nothing is drawn in %s", name)
	}
	if n := c.facts.Palette; n > 0 {
		seen := map[[3]float64]bool{}
		for _, colour := range c.view.colours {
			if v, ok := rgb(colour); ok {
				seen[v] = true
			}
		}
		c.fact(len(seen) >= n, "there are %d colours, not %d", len(seen), n)
	}
}

func readable(texts []string, want string) bool {
	want = plainName(want)
	for _, t := range texts {
		if strings.Contains(plainName(t), want) {
			return true
		}
	}
	return has(texts, want)
}

func (c *checker) elements() {
	for _, tag := range sortedKeys(c.facts.Elements) {
		n := c.facts.Elements[tag]
		c.fact(c.view.elements[tag] >= n, "there are %d <%s>, not %d", c.view.elements[tag], tag, n)
	}
}

// source checks patterns in the program, for what no scene tells.
func (c *checker) source() {
	for _, s := range c.facts.Source {
		pattern, err := regexp.Compile(s.Match)
		n := 0
		if err == nil {
			n = len(pattern.FindAllStringIndex(c.view.code, -1))
		}
		if s.Not {
			c.fact(err == nil && n == 0, "it is not so that %s", s.Fact)
			continue
		}
		c.fact(n >= max(s.Least, 1), "it is not so that %s", s.Fact)
	}
}
