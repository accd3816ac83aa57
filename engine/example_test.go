package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"viscoder/engine"
	"viscoder/internal/tinymodel"
)

// The whole of a conversation: open, ask, stream, repair.
func Example() {
	dir, err := os.MkdirTemp("", "engine-example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tiny.gguf")
	if err := tinymodel.Write(path, tinymodel.Options{}); err != nil {
		panic(err)
	}
	ctx := context.Background()
	model, err := engine.Open(ctx, path, engine.Options{})
	if err != nil {
		panic(err)
	}
	defer model.Close()
	session, err := model.NewSession()
	if err != nil {
		panic(err)
	}
	defer session.Close()

	first, _ := model.Chat().First("You write plotting code.", "plot monthly sales")
	if _, err := session.Append(ctx, first); err != nil {
		panic(err)
	}
	answer, err := session.Generate(ctx, engine.GenerateOptions{MaxTokens: 16, Stop: []string{"\n```"}})
	if err != nil {
		panic(err)
	}
	repair, _ := model.Chat().Next("That failed: NameError. Write it again.")
	prefill, err := session.Append(ctx, repair)
	if err != nil {
		panic(err)
	}
	fmt.Println("only the new turn is evaluated:", prefill.Evaluated == len(repair))
	fmt.Println("everything before is reused:", prefill.Reused+prefill.Carried == len(first)+len(answer.Tokens))
	// Output:
	// only the new turn is evaluated: true
	// everything before is reused: true
}
