package eval

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"viscoder/internal/fault"
)

// Side is one of two evaluations that are compared.
type Side struct {
	Name     string   // of its folder
	Dir      string   // absolute
	Settings Settings // of it
	Results  []Result // of all its tasks
}

// ReadSide reads a folder.
func ReadSide(dir string) (s Side, err error) {
	if s.Settings, err = ReadSettings(dir); err != nil {
		return s, err
	}
	if s.Results, err = ReadResults(dir); err != nil {
		return s, err
	}
	s.Dir, s.Name = dir, strings.TrimSpace(s.Settings.Model+" · "+s.Settings.Policy)
	return s, nil
}

// Pair is a task that both sides tried.
type Pair struct{ A, B Result }

// Outcomes of a pair, as B is to A.
const (
	Won  = "won" // B passed and A did not, or both did and B's fidelity is higher
	Lost = "lost"
	Both = "both" // passed, with no difference in fidelity
	None = "none"
)

// Outcome says which side did better.
func (p Pair) Outcome() string {
	switch {
	case p.B.Passed && !p.A.Passed:
		return Won
	case p.A.Passed && !p.B.Passed:
		return Lost
	case !p.A.Passed:
		return None
	case p.A.Fidelity != nil && p.B.Fidelity != nil && *p.A.Fidelity != *p.B.Fidelity:
		if *p.B.Fidelity > *p.A.Fidelity {
			return Won
		}
		return Lost
	}
	return Both
}

// Comparison of two evaluations over the tasks that both have.
type Comparison struct {
	A, B         Side
	Pairs        []Pair
	OnlyA, OnlyB int // tasks that one side alone has
	FiguresA     Figures
	FiguresB     Figures
	PassRate     Interval  // difference in percentage points, B − A
	Fidelity     *Interval // difference in percentage points over tasks where both are known; nil without any
	Won, Lost    int
}

// Interval is a mean with the bounds that hold 95 % of its bootstrap samples.
type Interval struct{ Mean, Low, High float64 }

func (i Interval) String() string {
	return fmt.Sprintf("%+.1f (95 %%: %+.1f to %+.1f)", i.Mean, i.Low, i.High)
}

// Compare pairs the tasks of two evaluations.
func Compare(a, b Side) (Comparison, error) {
	c := Comparison{A: a, B: b}
	of := map[string]Result{}
	for _, r := range a.Results {
		of[r.Key] = r
	}
	for _, r := range b.Results {
		if other, ok := of[r.Key]; ok {
			c.Pairs = append(c.Pairs, Pair{other, r})
		}
	}
	if len(c.Pairs) == 0 {
		return c, fault.New(fault.Usage, "%s and %s have no task in common", a.Dir, b.Dir)
	}
	slices.SortFunc(c.Pairs, func(x, y Pair) int { return cmp.Compare(x.A.Key, y.A.Key) })
	c.OnlyA, c.OnlyB = len(a.Results)-len(c.Pairs), len(b.Results)-len(c.Pairs)
	var mineA, mineB []Result
	var passed, fidelity []float64
	for _, p := range c.Pairs {
		mineA, mineB = append(mineA, p.A), append(mineB, p.B)
		passed = append(passed, 100*(truth(p.B.Passed)-truth(p.A.Passed)))
		if fa, fb := p.A.shown(), p.B.shown(); fa != nil && fb != nil {
			fidelity = append(fidelity, 100*(*fb-*fa))
		}
		switch p.Outcome() {
		case Won:
			c.Won++
		case Lost:
			c.Lost++
		}
	}
	rounds := max(a.Settings.Rounds, b.Settings.Rounds)
	c.FiguresA, c.FiguresB = Summarise(mineA, rounds), Summarise(mineB, rounds)
	c.PassRate = bootstrap(passed)
	if len(fidelity) > 0 {
		i := bootstrap(fidelity)
		c.Fidelity = &i
	}
	return c, nil
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// shown is the fidelity as it counts in the mean: 0 without a picture.
func (r Result) shown() *float64 {
	if r.Fidelity == nil && !r.Passed && r.HasFacts {
		return new(float64)
	}
	return r.Fidelity
}

// resamples of the paired bootstrap; the bounds are steady to about 0.1 points.
const resamples = 10_000

// bootstrap draws tasks with replacement from the paired differences (Efron's
// percentile interval); its own seed makes a comparison repeatable.
func bootstrap(differences []float64) Interval {
	random := rand.New(rand.NewPCG(1, 2))
	means := make([]float64, resamples)
	for i := range means {
		sum := 0.0
		for range differences {
			sum += differences[random.IntN(len(differences))]
		}
		means[i] = sum / float64(len(differences))
	}
	return Interval{*mean(differences), *quantile(means, 0.025), *quantile(means, 0.975)}
}

// Markdown is the comparison for people.
func (c Comparison) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# B against A over %d tasks\n\nA: %s  \nB: %s\n\n", len(c.Pairs), c.A.Name, c.B.Name)
	for _, n := range c.notes() {
		fmt.Fprintf(&b, "Note: %s.\n\n", n)
	}
	fmt.Fprintf(&b, "B better on %d, A on %d, no difference on %d.\n\n", c.Won, c.Lost, len(c.Pairs)-c.Won-c.Lost)
	b.WriteString("| | A | B | B − A |\n|:--|--:|--:|--:|\n")
	for _, r := range c.rows() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.What, r.A, r.B, r.Difference)
	}
	return b.String()
}

// notes say what else differs between the sides.
func (c Comparison) notes() []string {
	var notes []string
	if c.OnlyA+c.OnlyB > 0 {
		notes = append(notes, fmt.Sprintf("%d tasks are in A alone and %d in B alone; they are left out", c.OnlyA, c.OnlyB))
	}
	if !slices.Equal(c.A.Settings.Files, c.B.Settings.Files) {
		notes = append(notes, "the files of tasks are not the same; tasks are paired by their ids")
	}
	if c.A.Settings.Timeouts != c.B.Settings.Timeouts {
		notes = append(notes, "the time limits are not the same")
	}
	if c.A.Settings.Threads != c.B.Settings.Threads || c.A.Settings.Jobs != c.B.Settings.Jobs {
		notes = append(notes, "--threads or --jobs are not the same, so that seconds cannot be compared")
	}
	return notes
}

// line is one measure of both sides.
type line struct{ What, A, B, Difference string }

func (c Comparison) rows() []line {
	a, b := c.FiguresA, c.FiguresB
	last := len(a.PassRate) - 1
	rows := []line{
		{"passed at round 0, %", one(a.PassRate[0]), one(b.PassRate[0]), fmt.Sprintf("%+.1f", b.PassRate[0]-a.PassRate[0])},
		{"passed in the end, %", one(a.PassRate[last]), one(b.PassRate[last]), c.PassRate.String()},
	}
	if c.Fidelity != nil {
		rows = append(rows, line{"fidelity", percent(a.Fidelity), percent(b.Fidelity), c.Fidelity.String()})
	}
	return append(rows,
		line{"repaired of the failing", percent(a.RepairedShare), percent(b.RepairedShare), ""},
		line{"same program again", percent(a.IdenticalRate), percent(b.IdenticalRate), ""},
		line{"tokens decoded", fmt.Sprint(a.Decoded), fmt.Sprint(b.Decoded), ratio(float64(b.Decoded), float64(a.Decoded))},
		line{"seconds of work", one(a.WorkS), one(b.WorkS), ratio(b.WorkS, a.WorkS)},
		line{"seconds to a picture, median", number(a.MedianS), number(b.MedianS), ""})
}

func one(v float64) string { return fmt.Sprintf("%.1f", v) }

func ratio(b, a float64) string {
	if a == 0 {
		return ""
	}
	return fmt.Sprintf("× %.2f", b/a)
}
