package renderers

import (
	"context"
	"fmt"
	"os"
	"testing"

	"viscoder/renderers/sandbox"
)

// The tests draw with the real toolchains in the real sandbox, so these are
// installed first; a second run finds them there.
func TestMain(m *testing.M) {
	sandbox.Main()
	say := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if err := Setup(context.Background(), []string{"all"}, say); err != nil {
		fmt.Fprintln(os.Stderr, "renderers: setting up the toolchains:", describe(err))
		os.Exit(1)
	}
	os.Exit(m.Run())
}
