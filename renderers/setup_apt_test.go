package renderers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

// debian puts a dpkg-query that has the named packages, and an apt-get that
// runs a script, in the place of the machine's. The result is a file with the
// arguments of apt-get.
func debian(t *testing.T, have, apt string) (log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	for name, script := range map[string]string{
		"dpkg-query": fmt.Sprintf("for p in %s; do echo \"$p installed\"; done; echo 'removed-one config-files'; exit 1", have),
		"apt-get":    "echo \"$@\" >> " + log + "\n" + apt,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	t.Setenv("PATH", dir)
	return log
}

func needing(packages ...string) *Language {
	return &Language{Name: "drawl", Needs: []Tool{systemTool("drawl", "no-such-drawl")}, Debian: packages}
}

func TestOnlyMissingPackagesAreInstalled(t *testing.T) {
	log := debian(t, "here also-here", "echo 'Need to get 3 MB of archives.'; echo 'Get:1 x'")
	var said []string
	// As root, which the tests of this machine may not be.
	missing, err := notInstalled(context.Background(), []string{"here", "gone", "removed-one"})
	require.NoError(t, err)
	assert.Equal(t, []string{"gone", "removed-one"}, missing)
	require.NoError(t, aptInstall(context.Background(), missing, func(s string) { said = append(said, s) }))
	ran, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"-o DPkg::Lock::Timeout=300 update -q", "-o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends gone removed-one",
	}, strings.Split(strings.TrimSpace(string(ran)), "\n"))
	assert.Equal(t, []string{"apt-get install gone removed-one", "apt-get: Need to get 3 MB of archives.", "apt-get: Need to get 3 MB of archives."}, said)
}

func TestLanguagesThatDrawAlreadyLackNothing(t *testing.T) {
	whole := &Language{Name: "whole", Needs: []Tool{{Name: "x", find: func(context.Context, *Tools) (string, string, error) { return "1.0", "/x", nil }}}, Debian: []string{"a"}}
	first, second, bare := needing("b", "c"), needing("c", "d"), needing()
	var said []string
	lack := (&Tools{}).lacking(context.Background(), []*Language{whole, first, bare, second}, func(s string) { said = append(said, s) })
	assert.Equal(t, []*Language{first, second}, lack)
	assert.Equal(t, []string{"whole: ready"}, said)
}

func TestPackagesOfSeveralLanguagesAreInstalledOnce(t *testing.T) {
	log := debian(t, "d", "")
	err := setupDebian(context.Background(), []*Language{needing("b", "c"), needing("c", "d")}, func(string) {})
	if !isRoot() {
		assert.Contains(t, fault.HintOf(err), " b c`")
		return
	}
	require.NoError(t, err)
	ran, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Contains(t, string(ran), "--no-install-recommends b c\n")
}

func TestToolsThatAreNotThereAfterSetupAreNamed(t *testing.T) {
	debian(t, "a", "")
	err := (&Tools{}).install(context.Background(), []*Language{needing("a")}, func(string) {})
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
	assert.ErrorContains(t, err, "no-such-drawl is not installed")
	assert.NotEmpty(t, fault.HintOf(err))
}

func TestAptThatFailsSaysWhy(t *testing.T) {
	debian(t, "", "echo 'E: Unable to locate package gone' >&2; exit 100")
	err := aptInstall(context.Background(), []string{"gone"}, func(string) {})
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
	assert.ErrorContains(t, err, "exit status 100: E: Unable to locate package gone")
	assert.Contains(t, fault.HintOf(err), "sudo apt-get install --no-install-recommends gone")
}

func TestAptThatIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	debian(t, "", "echo 'Need to get 1 MB'; while :; do :; done")
	err := aptInstall(ctx, []string{"gone"}, func(s string) {
		if strings.Contains(s, "Need") {
			cancel()
		}
	})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestWithoutDebian(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := setupDebian(context.Background(), []*Language{needing("a", "b")}, func(string) {})
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
	assert.Contains(t, fault.HintOf(err), "a b")
}

func TestWithoutRootThereIsOneCommand(t *testing.T) {
	err := forRoot([]string{"latex", "gnuplot"}, []string{"a", "b"})
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
	assert.ErrorContains(t, err, "latex, gnuplot")
	assert.Equal(t, "Run `sudo apt-get install --no-install-recommends a b`.", fault.HintOf(err))
}

func TestOnePartThatFailsLeavesTheOthers(t *testing.T) {
	var done []string
	part := func(name string, err error) *Part {
		return &Part{Name: name, Install: func(context.Context, *Tools, func(string)) error { done = append(done, name); return err }}
	}
	a, b, c := part("a", nil), part("b", errors.New("no b")), part("c", errors.New("no c"))
	err := (&Tools{}).install(context.Background(), []*Language{{Parts: []*Part{a, b}}, {Parts: []*Part{b, c}}}, func(string) {})
	assert.EqualError(t, err, "no b")
	assert.Equal(t, []string{"a", "b", "c"}, done)
}
