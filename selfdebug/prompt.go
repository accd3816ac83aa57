package selfdebug

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"viscoder/renderers"
	"viscoder/selfdebug/profile"
)

// request is what prompts are made of.
type request struct {
	task   Task
	lang   *renderers.Language
	tables []*profile.Table
	budget int // characters for all data descriptions together
}

// wording is how a policy speaks to the model.
type wording interface {
	// first is the system text and the user's first turn.
	first(request) (system, user string)
	// repair is the turn after a failure; nth counts repair turns from 1.
	repair(r request, v Verdict, nth int) string
	// opening is what the model's answers are begun with, "" to let it begin.
	opening(*renderers.Language) string
}

// tag is the info string that blocks of a language are asked to have.
func tag(l *renderers.Language) string {
	if len(l.Fences) == 0 {
		return l.Name
	}
	return l.Fences[0]
}

// dataKind is what PromptHints.DataLine calls a format.
func dataKind(t *profile.Table) string {
	if t.Format == profile.CSV && t.Delimiter == "\t" {
		return "tsv"
	}
	return string(t.Format)
}

// loading says how a program reads a table; "" where programs of the language
// cannot read files.
func (r request) loading(t *profile.Table) string {
	if r.lang.Prompt.DataLine == nil {
		return ""
	}
	line := r.lang.Prompt.DataLine(t.Name, dataKind(t))
	if i := strings.Index(line, "pd.read_"); i >= 0 {
		return line[:i] + t.Pandas() // pandas has to be told of delimiters, dates and the like
	}
	return line
}

// numbered gives the frames of further tables names of their own.
func numbered(line string, i int) string {
	if rest, ok := strings.CutPrefix(line, "df ="); ok && i > 0 {
		return fmt.Sprintf("df%d =%s", i+1, rest)
	}
	return line
}

// wantsColumns are requests for charts that are drawn from one column for each
// series. Elsewhere the hint does harm: a bar chart of one year became one of
// all years.
var wantsColumns = regexp.MustCompile(`(?i)stack|area|heat|matrix|pivot`)

// wantsGroups are requests that set the values of a category apart.
var wantsGroups = regexp.MustCompile(`(?i)colou?r|each|group|box|violin|hue|compar`)

// reshape shows small models what they get wrong otherwise: the step from long
// data to one column for each series, from one column for each year to rows,
// and groups by a category (matplotlib's c= and by= are believed in firmly).
func (r request) reshape(line string, t *profile.Table) string {
	frame, _, pandas := strings.Cut(line, " = pd.")
	if !pandas {
		return ""
	}
	if long, ok := t.Long(); ok && wantsColumns.MatchString(r.task.Prompt) {
		return fmt.Sprintf("One column for each %s: %s.pivot(index=%s, columns=%s, values=%s)",
			profile.Quote(long.Series), frame, profile.Literal(long.Index), profile.Literal(long.Series), profile.Literal(long.Value))
	}
	if names, ok := t.WideYears(); ok {
		name := profile.Literal(names)
		return fmt.Sprintf("The columns named by years are text. One row for each year: long = %s.melt(id_vars=%s, var_name=\"year\", value_name=\"value\"); "+
			"grouped bars: sns.barplot(data=long, x=%s, y=\"value\", hue=\"year\")", frame, name, name)
	}
	if name := r.namedCategory(t); name != "" && wantsGroups.MatchString(r.task.Prompt) {
		return fmt.Sprintf("Groups by seaborn: sns.scatterplot, sns.boxplot, sns.lineplot or sns.barplot with data=%s and hue=%s", frame, profile.Literal(name))
	}
	return ""
}

// namedCategory is the first category that the request speaks of.
func (r request) namedCategory(t *profile.Table) string {
	text := strings.ToLower(r.task.Prompt)
	for _, c := range t.Columns {
		if c.Type == profile.Category && strings.Contains(text, strings.ToLower(c.Name)) {
			return c.Name
		}
	}
	return ""
}

// rows is how many first rows of a table are shown.
func (r request) rows(t *profile.Table) int {
	if r.loading(t) == "" {
		return t.Rows // the values have to come from the prompt
	}
	return profile.DefaultRows
}

// share is the budget of one table in characters.
func (r request) share() int { return r.budget / max(len(r.tables), 1) }

// paragraphs joins what is not empty, a blank line between.
func paragraphs(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// conciseWords is the default: request first, then the data, then what makes a
// chart good, as few tokens as do.
type conciseWords struct{}

func (conciseWords) first(r request) (system, user string) {
	setup := r.task.Setup
	if setup == "" {
		setup = r.lang.Prompt.Setup
	}
	return r.lang.Prompt.System, paragraphs(r.task.Prompt, r.task.Style, r.concreteData(), setup, r.lang.Prompt.Plot)
}

// concreteData describes the tables and how to read them.
func (r request) concreteData() string {
	if len(r.tables) == 0 {
		return r.lang.Prompt.NoData
	}
	var parts []string
	for i, t := range r.tables {
		text := "Data: " + t.TextRows(r.share(), r.rows(t))
		if line := numbered(r.loading(t), i); line != "" {
			text += "Read it with: " + line + "\n" + r.reshape(line, t)
		} else {
			text += "Write these values into the program; do not make up others."
		}
		parts = append(parts, text)
	}
	return paragraphs(parts...)
}

func (conciseWords) repair(r request, v Verdict, _ int) string {
	said, remedy := "That program failed:", "Correct the error"
	if v.Usable {
		said, remedy = "That program draws a picture, but:", "Correct this"
	}
	return fmt.Sprintf("%s\n%s\n\n%s and write the whole program again, in one ```%s block.", said, strings.TrimSpace(v.Text), remedy, tag(r.lang))
}

// opening begins the block for the model: no tokens are spent on prose, and
// small models do not forget the fence.
func (conciseWords) opening(l *renderers.Language) string { return "```" + tag(l) + "\n" }

// paperWords follows VisPlotBench's order of parts and VisCoder2's repair
// turns (arXiv 2510.23642v2) in our own words.
type paperWords struct{}

// paperDescriptor is how many characters the benchmark gives a data description.
const paperDescriptor = 4000

func (paperWords) first(r request) (system, user string) {
	setup := r.task.Setup
	if setup == "" {
		setup = r.lang.Prompt.Setup
	}
	var b strings.Builder
	b.WriteString(r.lang.Prompt.Plot)
	n := 0
	for _, part := range []string{r.task.Prompt, r.task.Style, setup, r.paperData()} {
		if part = strings.TrimSpace(part); part != "" {
			n++
			fmt.Fprintf(&b, "\n%d. %s", n, part)
		}
	}
	return r.lang.Prompt.System, strings.ReplaceAll(b.String(), "\n\n", "\n")
}

func (r request) paperData() string {
	if len(r.tables) == 0 {
		return r.lang.Prompt.NoData
	}
	var b strings.Builder
	for i, t := range r.tables {
		if line := numbered(r.loading(t), i); line != "" {
			fmt.Fprintf(&b, "Load the data with exactly this: %s\n", line)
		}
		b.WriteString(paperDescribe(t))
	}
	return clipBytes(b.String(), min(paperDescriptor, r.budget))
}

// paperDescribe gives columns, types and the first five rows, column by column.
func paperDescribe(t *profile.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "A DataFrame with %d columns and %d rows.\nColumn names and types: ", len(t.Columns), t.Rows)
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", profile.Quote(c.Name), c.Dtype())
	}
	b.WriteString("\nHead:\n{")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(profile.Literal(c.Name) + ":{")
		for r, cell := range c.Head[:min(len(c.Head), profile.DefaultRows)] {
			if r > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"%d":%s`, r, paperCell(c, cell))
		}
		b.WriteByte('}')
	}
	b.WriteString("}\n")
	return b.String()
}

func paperCell(c profile.Column, cell string) string {
	switch {
	case cell == "":
		return "null"
	case (c.Type == profile.Integer || c.Type == profile.Float) && json.Valid([]byte(cell)):
		return cell
	}
	return profile.Literal(cell)
}

func (paperWords) repair(r request, v Verdict, nth int) string {
	again := "The above code failed with this error:"
	if nth > 1 {
		again = "The above code still failed with this error:"
	}
	return fmt.Sprintf("%s\n%s\nWrite a corrected version of the code, enclosed in ```%s and ```.",
		again, strings.TrimSpace(v.Full), tag(r.lang))
}

func (paperWords) opening(*renderers.Language) string { return "" }

// clipBytes cuts s to n bytes at a rune boundary.
func clipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:max(n, 0)], "")
}
