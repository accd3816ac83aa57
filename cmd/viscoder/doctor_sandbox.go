package main

import (
	"context"
	"fmt"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers/hostile"
)

// siege is what doctor --sandbox --json prints.
type siege struct {
	OK       bool              `json:"ok"`      // nothing escaped and nothing is unclear
	Sandbox  string            `json:"sandbox"` // which mechanism is in force
	Programs []hostile.Verdict `json:"programs"`
	Harm     string            `json:"harm,omitempty"` // what the machine shows afterwards
}

// besiege runs the hostile programs on this machine and tells of each.
func (a *App) besiege(ctx context.Context) error {
	box, err := a.openBox(false)
	if err != nil {
		return err
	}
	stage, err := hostile.NewStage()
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "hostile programs cannot be tried")
	}
	defer stage.Close()
	result := siege{OK: true, Sandbox: box.Describe()}
	a.tell(finding{Name: "sandbox", State: works, Detail: result.Sandbox})
	programs := hostile.Programs()
	verdicts := make([]hostile.Verdict, len(programs))
	err = inOrder(len(programs), func(i int) (err error) {
		verdicts[i], err = hostile.Try(ctx, box, stage, programs[i])
		return err
	}, func(i int) {
		if verdicts[i].Result != "" {
			a.tell(verdictFinding(verdicts[i]))
		}
	})
	if err != nil {
		return err
	}
	result.Programs = verdicts
	if err := stage.Harm(); err != nil {
		result.Harm = err.Error()
		a.tell(finding{Name: "afterwards", State: fails, Detail: result.Harm})
	}
	return a.judge(result)
}

// verdictFinding is a verdict as a line of the table.
func verdictFinding(v hostile.Verdict) finding {
	f := finding{Name: string(v.Area), State: works, Detail: fmt.Sprintf("%-9s %s", v.Result, v.Threat)}
	switch v.Result {
	case hostile.Held:
	case hostile.NotTried:
		f.State, f.Detail = absent, f.Detail+": "+v.Detail
	default:
		f.State, f.Detail = fails, f.Detail+": "+v.Detail
	}
	return f
}

// judge counts, and fails closed: a program that shows nothing is no proof.
func (a *App) judge(result siege) error {
	count := map[hostile.Result]int{}
	for _, v := range result.Programs {
		count[v.Result]++
	}
	result.OK = count[hostile.Escaped] == 0 && count[hostile.Unclear] == 0 && result.Harm == ""
	if a.json {
		if err := a.printJSON(result); err != nil {
			return err
		}
	}
	var parts []string
	for _, r := range []hostile.Result{hostile.Held, hostile.Escaped, hostile.Unclear, hostile.NotTried} {
		if count[r] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[r], r))
		}
	}
	a.note("%d hostile programs: %s", len(result.Programs), strings.Join(parts, ", "))
	if result.OK {
		return nil
	}
	err := fault.New(fault.Sandbox, "the sandbox does not hold on this machine").
		WithHint("Do not let models draw here, and report what `viscoder doctor --sandbox --json` says to the maintainers, in private.")
	a.screen.failure(err)
	return reported{err}
}
