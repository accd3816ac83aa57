package mutants

import (
	"encoding/csv"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"

	"viscoder/bench/tasks"
)

func hash(m Mutant) uint32 {
	h := fnv.New32a()
	h.Write([]byte(m.Task.ID + "\x00" + m.Kind + "\x00" + m.Program))
	return h.Sum32()
}

// replacing is a rule of one replacement, of the first place or of all.
func replacing(kind, pattern, with string, all bool) rule {
	re := regexp.MustCompile(pattern)
	return rule{kind, func(t tasks.Task) string {
		if all {
			return re.ReplaceAllString(t.Reference, with)
		}
		at := re.FindStringSubmatchIndex(t.Reference)
		if at == nil {
			return ""
		}
		return t.Reference[:at[0]] + string(re.ExpandString(nil, with, t.Reference, at)) + t.Reference[at[1]:]
	}}
}

// instead is a rule that throws the program away.
func instead(program string) rule {
	return rule{Trivial, func(tasks.Task) string { return program }}
}

// columns of a task's data: all names, and those that hold numbers.
func columns(t tasks.Task) (names, numeric []string) {
	rows, err := csv.NewReader(strings.NewReader(t.Data)).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, nil
	}
	for i, name := range rows[0] {
		if _, err := strconv.ParseFloat(rows[1][i], 64); err == nil {
			numeric = append(numeric, name)
		}
	}
	return rows[0], numeric
}

// categories are the distinct cells of a column.
func categories(t tasks.Task, column string) []string {
	rows, _ := csv.NewReader(strings.NewReader(t.Data)).ReadAll()
	var list []string
	seen := map[string]bool{}
	for i, name := range rows[0] {
		for _, r := range rows[1:] {
			if name == column && !seen[r[i]] {
				seen[r[i]] = true
				list = append(list, r[i])
			}
		}
	}
	return list
}

// another is the column of numbers after name, in the circle of them.
func another(numeric []string, name string) string {
	for i, n := range numeric {
		if n == name && len(numeric) > 1 {
			return numeric[(i+1)%len(numeric)]
		}
	}
	return ""
}

var digits = regexp.MustCompile(`\b\d+(?:\.\d+)?\b`)

// otherNumbers replaces every number of a part of a program.
func otherNumbers(text string) string {
	return digits.ReplaceAllStringFunc(text, func(s string) string {
		f, _ := strconv.ParseFloat(s, 64)
		if strings.Contains(s, ".") {
			return strconv.FormatFloat(f*1.37+0.4, 'f', 1, 64)
		}
		return strconv.Itoa(int(f*1.37) + 3)
	})
}

// numbersIn is a rule that makes the numbers up that a pattern's first group holds.
func numbersIn(pattern string) rule {
	re := regexp.MustCompile(pattern)
	return rule{MadeUp, func(t tasks.Task) string {
		at := re.FindStringSubmatchIndex(t.Reference)
		if at == nil {
			return ""
		}
		return t.Reference[:at[2]] + otherNumbers(t.Reference[at[2]:at[3]]) + t.Reference[at[3]:]
	}}
}
