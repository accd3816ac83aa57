package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadStatOfMyself(t *testing.T) {
	s, err := readStat(os.Getpid())
	require.NoError(t, err)
	assert.Equal(t, os.Getppid(), s.parent)
	assert.Positive(t, s.threads)
	assert.Greater(t, s.rss, int64(1<<20))
}

func TestParseStatIsNotFooledByNames(t *testing.T) {
	tail := " S 7 1 1 0 -1 4194560 100 0 0 0 3 4 5 6 20 0 2 0 999 1000000 50 18446744073709551615 0"
	for _, name := range []string{"sh", "a b) S 1 1", ")))", "(x", "\n"} {
		s, err := parseStat(fmt.Appendf(nil, "42 (%s)%s", name, tail))
		require.NoError(t, err, "%q", name)
		assert.Equal(t, stat{parent: 7, threads: 2, cpu: 18 * clockTick, rss: 50 * int64(os.Getpagesize())}, s, "%q", name)
	}
	for _, bad := range []string{"", "42 (sh", "42 (sh) S 1", ")" + " x"} {
		_, err := parseStat([]byte(bad))
		assert.Error(t, err, "%q", bad)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (sh) S 7 1 1 0 -1 4194560 100 0 0 0 3 4 5 6 20 0 2 0 999 1000000 50 1 0"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = parseStat(b) })
}

func TestDescendantsFindsGrandchildren(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", `sh -c 'echo $$; read x; :'; :`)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var grandchild int
	_, err = fmt.Fscan(out, &grandchild)
	require.NoError(t, err)
	assert.Contains(t, descendants(os.Getpid()), grandchild)
	require.NoError(t, in.Close())
	_ = cmd.Wait()
}
