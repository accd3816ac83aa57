package mutants

import (
	"regexp"
	"slices"
	"strings"

	"viscoder/bench/tasks"
)

var pythonRules = []rule{
	{WrongColumn, pythonColumn},
	{Dropped, pythonDropped},
	replacing(WrongChart, `\bax\.bar\(`, `ax.plot(`, true),
	replacing(WrongChart, `\bax\.barh\((df\[[^\]]*\]), (df\[[^\]]*\])[^)]*\)`, `ax.bar($1, $2)`, true),
	replacing(WrongChart, `\b(ax|plt)\.plot\(([^,()]*(?:\[[^\]]*\])?), ([^,()]*(?:\[[^\]]*\])?)[^)\n]*\)`, `$1.bar($2, $3)`, true),
	replacing(WrongChart, `\b(ax|plt)\.scatter\(`, `$1.plot(`, true),
	replacing(WrongChart, `\bsns\.scatterplot\(`, `sns.lineplot(`, true),
	replacing(WrongChart, `\bsns\.(?:boxplot|violinplot)\((data=df, x="\w+", y="\w+")[^\n]*\)`, `sns.stripplot($1)`, true),
	replacing(WrongChart, `\bax\.pie\((df\[[^\]]*\])[^\n]*\)`, `ax.bar(range(len(df)), $1)`, true),
	replacing(WrongChart, `\bax\.stackplot\(df\["(\w+)"\], df\["(\w+)"\][\s\S]*?\]\)`, `ax.plot(df["$1"], df["$2"])`, true),
	replacing(WrongChart, `\bpx\.(?:treemap|sunburst)\(df, path=\["(\w+)", "(\w+)"\], values="(\w+)"[^\n]*title=`, `px.bar(df, x="$1", y="$3", color="$2", title=`, true),
	replacing(WrongChart, `mark_circle\(size=90\)`, `mark_bar()`, true),
	replacing(Unlabelled, `(?m)^\s*\w+\.(?:set_)?[xy]label\(.*\n`, "", true),
	replacing(Unlabelled, `(?m)^\s*(?:\w+\.(?:set_)?(?:sup)?title\(.*\n)`, "", true),
	replacing(Unlabelled, `(?m)^\s*\w+\.legend\(.*\n`, "", true),
	{MadeUp, pythonMadeUp},
	{Shuffled, pythonShuffled},
	instead("import matplotlib.pyplot as plt\n\nplt.plot([1, 2, 3], [1, 4, 9])\nplt.show()\n"),
	instead("import pandas as pd\nimport matplotlib.pyplot as plt\n\nplt.text(0.5, 0.5, \"Chart\")\nplt.show()\n"),
	replacing(WrongScale, `(?m)^\s*\w+\.(?:set_)?[xy]scale\("log"\)\n`, "", true),
	replacing(WrongScale, `\.sort_values\("\w+"\)`, "", true),
	replacing(WrongScale, `, (?:bottom=bottom|left=left)\b`, "", true),
	replacing(WrongScale, `(?m)^\s*ax\.invert_yaxis\(\)\n`, "", true),
	replacing(WrongScale, `parse_dates=\["date"\]`, ``, true),
}

var quoted = regexp.MustCompile(`"(\w+)"`)

// pythonColumn draws another column of numbers in the place of one.
func pythonColumn(t tasks.Task) string {
	_, numeric := columns(t)
	names := quoted.FindAllStringSubmatch(t.Reference, -1)
	for i := len(names) - 1; i >= 0; i-- {
		name := names[i][1]
		if other := another(numeric, name); other != "" && slices.Contains(numeric, name) {
			return strings.ReplaceAll(t.Reference, `"`+name+`"`, `"`+other+`"`)
		}
	}
	return ""
}

var (
	readLine   = regexp.MustCompile(`(?m)^df = pd\.read_csv\(.*$`)
	nameList   = regexp.MustCompile(`\[("[\w ]+"(?:, "[\w ]+")+), "[\w ]+"\]:`)
	manyColumn = 12
)

// after puts a line behind the reading of the data.
func after(t tasks.Task, line string) string {
	at := readLine.FindStringIndex(t.Reference)
	if at == nil {
		return ""
	}
	return t.Reference[:at[1]] + "\n" + line + t.Reference[at[1]:]
}

// pythonDropped leaves the last series away: of a list of columns, of the values
// of a category, or else the last rows.
func pythonDropped(t tasks.Task) string {
	if nameList.MatchString(t.Reference) {
		return nameList.ReplaceAllString(t.Reference, `[$1]:`)
	}
	names, numeric := columns(t)
	for _, name := range names {
		list := categories(t, name)
		if !slices.Contains(numeric, name) && len(list) > 1 && len(list) <= manyColumn {
			return after(t, `df = df[df["`+name+`"] != "`+list[len(list)-1]+`"]`)
		}
	}
	return after(t, `df = df.head(len(df) // 2)`)
}

func pythonMadeUp(t tasks.Task) string {
	return after(t, "df[df.select_dtypes(\"number\").columns] = df.select_dtypes(\"number\") * 1.37 + 3")
}

func pythonShuffled(t tasks.Task) string {
	if _, numeric := columns(t); len(numeric) > 0 && t.Facts.X != nil && t.Facts.Y != nil && t.Facts.X.Column != "" && t.Facts.Y.Column != "" {
		name := numeric[len(numeric)-1]
		if slices.Contains(numeric, t.Facts.Y.Column) {
			name = t.Facts.Y.Column
		}
		return after(t, `df["`+name+`"] = df["`+name+`"].sample(frac=1, random_state=1).values`)
	}
	return ""
}
