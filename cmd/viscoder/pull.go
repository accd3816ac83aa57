package main

import (
	"context"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"viscoder/models"
)

func (a *App) pullCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pull NAME|hf:OWNER/REPO/FILE.gguf|PATH",
		Short: "Fetch a model",
		Long: `Fetches a model into viscoder's folder: by a name that viscoder models lists,
from the Hugging Face hub, or from a file that is already here. What has been
fetched before an interruption is not fetched again, and the checksum is
verified before the model is used.

HF_ENDPOINT, HF_TOKEN, HTTPS_PROXY and NO_PROXY are honoured.`,
		Example: `  viscoder pull qwen2.5-coder-1.5b
  viscoder pull hf:OWNER/REPO/FILE.gguf
  viscoder pull ~/Downloads/model.gguf`,
		Args:              exactly(1, "the model: viscoder pull NAME (see viscoder models)"),
		ValidArgsFunction: a.completeModels(false),
		RunE:              a.does(func(ctx context.Context, args []string) error { return a.pull(ctx, args[0]) }),
	}
}

func (a *App) pull(ctx context.Context, ref string) error {
	progress := a.screen.follow("pulling "+clean(ref), a.settings.quiet)
	defer progress.finish()
	path, err := a.store().Pull(ctx, ref, func(e models.PullEvent) {
		progress.set(shareOf(e), pullDetail(e))
	})
	progress.finish()
	if err != nil {
		return err
	}
	a.note("%s is ready", path)
	return nil
}

func shareOf(e models.PullEvent) float64 {
	if e.Total <= 0 {
		return -1
	}
	return float64(e.Done) / float64(e.Total)
}

// stageWords say what a pull does when bytes do not just arrive.
var stageWords = map[string]string{
	models.StageWait:   "waiting for another pull of it",
	models.StageLookup: "asking for size and checksum",
	models.StageResume: "checking what is here already",
	models.StageRetry:  "the connection failed",
	models.StageVerify: "verifying",
}

// pullDetail is "96 MB of 491 MB, 23 MB/s, 17 s left", or what else goes on.
func pullDetail(e models.PullEvent) string {
	var parts []string
	add := func(ok bool, text string) {
		if ok {
			parts = append(parts, text)
		}
	}
	add(stageWords[e.Stage] != "", stageWords[e.Stage])
	add(e.Detail != "", clean(e.Detail))
	add(e.Total > 0, humanize.Bytes(uint64(max(0, e.Done)))+" of "+humanize.Bytes(uint64(max(0, e.Total))))
	add(e.BytesPerSecond > 0, humanize.Bytes(uint64(max(0, e.BytesPerSecond)))+"/s")
	add(e.ETA > time.Second, seconds(e.ETA)+" left")
	return strings.Join(parts, ", ")
}
