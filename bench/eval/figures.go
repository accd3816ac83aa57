package eval

import (
	"math"
	"slices"
)

// Figures are what a set of results comes to; rates in percent are of all tasks.
type Figures struct {
	Tasks         int                      `json:"tasks"`
	PassRate      []float64                `json:"pass_rate"`      // percent after rounds 0, 1, …
	RepairedShare *float64                 `json:"repaired_share"` // 0–1, of the tasks that fail at round 0; null if none does
	Repaired      int                      `json:"repaired"`
	FailedFirst   int                      `json:"failed_first"`
	Fidelity      *float64                 `json:"fidelity"`        // 0–1, mean over tasks with facts; without a picture 0; null if unknown
	FidelityOfOK  *float64                 `json:"fidelity_passed"` // of those that passed
	FidelityTasks int                      `json:"fidelity_tasks"`  // behind Fidelity
	SSIM          *float64                 `json:"ssim"`            // mean over passed tasks with a reference
	SSIMTasks     int                      `json:"ssim_tasks"`
	TaskScore     *float64                 `json:"task_score"` // 0–100, mean over judged tasks; an answer without a score is 0
	VisualScore   *float64                 `json:"visual_score"`
	ErrorClasses  map[string][]int         `json:"error_classes"`  // tasks that fail so after rounds 0, 1, …
	IdenticalRate *float64                 `json:"identical_rate"` // 0–1, of the repair rounds: those that end with a program of an earlier round; null without any
	RepeatRate    *float64                 `json:"repeat_rate"`    // 0–1: those in which some answer was such a program
	RepairRounds  int                      `json:"repair_rounds"`
	Decoded       int                      `json:"tokens_decoded"`
	Evaluated     int                      `json:"prompt_tokens_evaluated"`
	Reused        int                      `json:"prompt_tokens_reused"`
	MedianS       *float64                 `json:"seconds_to_picture_median"` // of passed tasks, waiting for others left out
	P90S          *float64                 `json:"seconds_to_picture_p90"`
	WorkS         float64                  `json:"work_s"` // of all tasks
	Categories    map[string]CategoryShare `json:"categories,omitempty"`
}

// CategoryShare is how many tasks of a category passed in the end.
type CategoryShare struct {
	Tasks  int `json:"tasks"`
	Passed int `json:"passed"`
}

// Summarise makes figures of results with up to rounds repair rounds.
func Summarise(results []Result, rounds int) Figures {
	f := Figures{Tasks: len(results), PassRate: make([]float64, rounds+1), ErrorClasses: map[string][]int{}, Categories: map[string]CategoryShare{}}
	var fidelity, fidelityOK, ssim, seconds, task, visual []float64
	identical, repeated := 0, 0
	for _, r := range results {
		f.count(r, rounds)
		for _, a := range r.Attempts {
			if a.Round > 0 {
				f.RepairRounds++
				identical += int(truth(a.Identical))
				repeated += int(truth(a.Repeated))
			}
		}
		switch {
		case r.Fidelity != nil:
			fidelity, fidelityOK = append(fidelity, *r.Fidelity), append(fidelityOK, *r.Fidelity)
		case !r.Passed && r.HasFacts:
			fidelity = append(fidelity, 0)
		}
		if r.SSIM != nil {
			ssim = append(ssim, *r.SSIM)
		}
		if r.Judged != nil {
			task = append(task, value(r.Judged.Task))
			if r.Reference != "" {
				visual = append(visual, value(r.Judged.Visual))
			}
		}
		if r.Passed {
			seconds = append(seconds, r.WorkS)
		}
	}
	if f.FailedFirst > 0 {
		f.RepairedShare = share(f.Repaired, f.FailedFirst)
	}
	if f.RepairRounds > 0 {
		f.IdenticalRate, f.RepeatRate = share(identical, f.RepairRounds), share(repeated, f.RepairRounds)
	}
	f.Fidelity, f.FidelityOfOK, f.FidelityTasks = mean(fidelity), mean(fidelityOK), len(fidelity)
	f.SSIM, f.SSIMTasks = mean(ssim), len(ssim)
	f.TaskScore, f.VisualScore = mean(task), mean(visual)
	f.MedianS, f.P90S = quantile(seconds, 0.5), quantile(seconds, 0.9)
	return f
}

// count adds what can be counted of one result.
func (f *Figures) count(r Result, rounds int) {
	for round := range rounds + 1 {
		if r.passedBy(round) {
			f.PassRate[round] += 100 / float64(f.Tasks)
			continue
		}
		class := classOther
		if a := r.last(round); a != nil && a.Class != "" {
			class = a.Class
		} else if a == nil {
			class = "Unusable" // the task itself: too long, or data that cannot be read
		}
		if f.ErrorClasses[class] == nil {
			f.ErrorClasses[class] = make([]int, rounds+1)
		}
		f.ErrorClasses[class][round]++
	}
	if !r.passedBy(0) {
		f.FailedFirst++
		if r.Passed {
			f.Repaired++
		}
	}
	for _, a := range r.Attempts {
		f.Decoded += a.Generated
		f.Evaluated += a.Evaluated
		f.Reused += a.Reused
	}
	f.WorkS += r.WorkS
	if r.Category != "" {
		c := f.Categories[r.Category]
		c.Tasks++
		if r.Passed {
			c.Passed++
		}
		f.Categories[r.Category] = c
	}
}

func share(part, whole int) *float64 {
	s := float64(part) / float64(whole)
	return &s
}

func value(score *int) float64 {
	if score == nil {
		return 0
	}
	return float64(*score)
}

func mean(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	m := sum / float64(len(values))
	return &m
}

// quantile of unsorted values, between neighbours by their distance; nil
// without values.
func quantile(values []float64, q float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	v := sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
	return &v
}
