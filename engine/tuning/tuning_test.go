package tuning

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	key  = Key{CPU: "Xeon", Cores: 2, Layout: "abc", Kernels: "ours", NativeKey: "def"}
	good = Result{Threads: 2, MicroBatch: 512, Attention: AttentionFlash, Depth: 512, Curve: Curve{{1, 20}, {4, 26}, {8, 40}}}
)

func TestSaveAndLoad(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, err := Load(key)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, Save(key, good))
	back, err := Load(key)
	require.NoError(t, err)
	assert.Equal(t, good, back)

	better := good
	better.Threads = 1
	require.NoError(t, Save(key, better))
	back, err = Load(key)
	require.NoError(t, err)
	assert.Equal(t, better, back)
	entries, err := os.ReadDir(filepath.Dir(Path(key)))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary files")

	require.NoError(t, Forget(key))
	require.NoError(t, Forget(key))
	_, err = Load(key)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.Error(t, Save(key, Result{}))
}

func TestEachKeyHasAFileOfItsOwn(t *testing.T) {
	paths := map[string]bool{Path(key): true}
	for _, change := range []func(*Key){
		func(k *Key) { k.CPU += "!" }, func(k *Key) { k.Cores++ }, func(k *Key) { k.Layout = "" },
		func(k *Key) { k.Kernels = "ggml" }, func(k *Key) { k.NativeKey = "0" },
	} {
		k := key
		change(&k)
		paths[Path(k)] = true
	}
	assert.Len(t, paths, 6)
}

// What is not exactly what was saved for this key is not believed.
func TestDamagedAndForeignFilesAreRefused(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	require.NoError(t, Save(key, good))
	data, err := os.ReadFile(Path(key))
	require.NoError(t, err)
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`}, {`"Xeon"`, `"Zen"`}, {`"threads": 2`, `"threads": 0`}, {`"threads": 2`, `"threads": 100000`},
		{`"flash"`, `"none"`}, {`"micro_batch": 512`, `"micro_batch": -1`}, {`"rows": 4`, `"rows": 9`}, {`"rows": 1`, `"rows": 2`},
		{`"ms": 26`, `"ms": -26`}, {`"ms": 26`, `"ms": 1e99`}, {`"depth": 512`, `"depth": -1`}, {`"threads"`, `"heads"`}, {`}`, ``},
	} {
		text := string(data)
		require.Contains(t, text, change[0])
		require.NoError(t, os.WriteFile(Path(key), []byte(strings.Replace(text, change[0], change[1], 1)), 0o600))
		_, err := Load(key)
		assert.Error(t, err, "%v", change)
	}
	require.NoError(t, os.WriteFile(Path(key), []byte(strings.Repeat(" ", maxBytes)+string(data)), 0o600))
	_, err = Load(key)
	require.ErrorContains(t, err, "larger")
}

func TestCurve(t *testing.T) {
	c := good.Curve
	assert.Equal(t, 20*time.Millisecond, c.Cost(1))
	assert.Equal(t, 22*time.Millisecond, c.Cost(2))
	assert.Equal(t, 40*time.Millisecond, c.Cost(8))
	assert.Equal(t, 80*time.Millisecond, c.Cost(16), "beyond the last point at its rate")
	assert.InDelta(t, 1.3, c.Relative(4), 1e-9)
	assert.Zero(t, Curve(nil).Cost(3))
	assert.InDelta(t, 1, Curve(nil).Relative(3), 1e-9)
	assert.Zero(t, c.Cost(0))
	assert.Equal(t, map[int]float64{1: 20, 4: 26, 8: 40}, c.ByRows())
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"key":{"cpu":"Xeon","cores":2,"layout":"abc","kernels":"ours","native_key":"def"},` +
		`"result":{"threads":2,"micro_batch":512,"attention":"","depth":0,"curve":[{"rows":1,"ms":1}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(data, key)
		if err != nil {
			return
		}
		if r.Validate() != nil || r.Curve.Cost(1) <= 0 || r.Curve.Relative(1) != 1 {
			t.Fatalf("believed %+v", r)
		}
		for rows := range 70 {
			if r.Curve.Cost(rows) < 0 {
				t.Fatalf("%d rows cost %v", rows, r.Curve.Cost(rows))
			}
		}
	})
}
