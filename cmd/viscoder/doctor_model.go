package main

import (
	"context"
	"fmt"
	"time"

	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// checkModel finds the default model, compares its need with the free memory,
// and loads it.
func (a *App) checkModel(ctx context.Context, h hostinfo.Host) []finding {
	picked, err := a.store().Resolve(a.Getenv("VISCODER_MODEL"), h.Memory.Available)
	if err != nil {
		return []finding{
			{Name: "memory", State: works, Detail: memory(h, 0)},
			failure("model", err),
		}
	}
	file, err := engine.ReadHeader(picked.Path)
	if err != nil {
		return []finding{failure("model", err)}
	}
	need := engine.Estimate(file, engine.Options{}).Total()
	room := finding{Name: "memory", State: works, Detail: memory(h, need)}
	started := time.Now()
	model, err := a.openModel(ctx, picked, file, engine.Options{})
	if err != nil {
		return []finding{room, failure("model", err)}
	}
	info := model.Info()
	return []finding{room, {
		Name: "model", State: works,
		Detail: fmt.Sprintf("%s (%s) loads in %s, computes with %s, kernels %s", picked.Name, info.Name, seconds(time.Since(started)),
			plural(info.Threads, "thread"), info.Kernels),
	}, checkTuning(picked.Name, file)}
}

// failure is the finding that an error stands for.
func failure(name string, err error) finding {
	return finding{Name: name, State: fails, Detail: err.Error(), Fix: fault.HintOf(err), Code: fault.CodeOf(err)}
}
