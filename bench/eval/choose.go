package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// Choice says which tasks of the files take part.
type Choice struct {
	Languages []string `json:"languages,omitempty"` // nil: all
	Split     string   `json:"split"`               // dev, test or all
	Limit     int      `json:"limit,omitempty"`     // so many, drawn by Seed; 0: all
	Seed      uint64   `json:"seed"`
}

// Validate names the first field that cannot be, and makes names canonical.
func (c *Choice) Validate() error {
	for i, name := range c.Languages {
		lang, known := renderers.ByName(name)
		if !known {
			return fault.New(fault.Usage, "--lang: unknown language %q", name).
				WithHint("known are: %s", strings.Join(renderers.Names(), ", "))
		}
		c.Languages[i] = lang.Name
	}
	if c.Split == "" {
		c.Split = SplitAll
	}
	if !slices.Contains([]string{SplitAll, SplitDev, SplitTest}, c.Split) {
		return fault.New(fault.Usage, "--split: unknown split %q", c.Split).WithHint("known are: dev, test, all")
	}
	if c.Limit < 0 {
		return fault.New(fault.Usage, "--limit must not be negative, got %d", c.Limit)
	}
	return nil
}

// From takes the chosen tasks in the order of the files. A limit draws from a
// shuffle, so that a larger limit with the same seed only adds tasks.
func (c Choice) From(tasks []Task) []Task {
	var kept []Task
	for _, t := range tasks {
		if (len(c.Languages) == 0 || slices.Contains(c.Languages, t.Language)) && (c.Split == SplitAll || c.Split == t.Split()) {
			kept = append(kept, t)
		}
	}
	if c.Limit == 0 || c.Limit >= len(kept) {
		return kept
	}
	order := rand.New(rand.NewPCG(c.Seed, 0)).Perm(len(kept))[:c.Limit]
	slices.Sort(order)
	drawn := make([]Task, 0, c.Limit)
	for _, i := range order {
		drawn = append(drawn, kept[i])
	}
	return drawn
}

// Shard is one machine's part of the tasks, Index of Count, from 1. The zero
// value is all of them.
type Shard struct{ Index, Count int }

// ParseShard reads "2/8".
func ParseShard(text string) (Shard, error) {
	index, count, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if !ok || err1 != nil || err2 != nil || i < 1 || i > n {
		return Shard{}, fault.New(fault.Usage, "--shard: %q is no part of a whole", text).WithHint("such as 2/8: the second of eight")
	}
	return Shard{i, n}, nil
}

func (s Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// From takes every Count-th task, so that each shard has its share of every
// language.
func (s Shard) From(tasks []Task) []Task {
	if s.Count == 0 {
		return tasks
	}
	var mine []Task
	for i := s.Index - 1; i < len(tasks); i += s.Count {
		mine = append(mine, tasks[i])
	}
	return mine
}
