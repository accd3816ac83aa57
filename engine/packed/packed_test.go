package packed

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var testKey = Key{Model: [32]byte{1, 2, 3}, Layout: "a layout"}

var testSections = []Section{
	{Name: "one", Type: 8, Rows: 16, Columns: 64, Offset: 0, Bytes: 1088},
	{Name: "two", Type: 12, Rows: 5, Columns: 256, Offset: 1088, Bytes: 3000},
	{Name: "three", Type: 14, Rows: 1, Columns: 32, Offset: 4096, Bytes: 100},
}

const testImage = 4224

func noBlobs() []Blob { return nil }

// made writes a file with random weights and returns its image.
func made(t testing.TB, path string) []byte {
	t.Helper()
	w, err := Create(path, testKey, testImage, 0o600)
	require.NoError(t, err)
	defer w.Close()
	image := make([]byte, testImage)
	for i := range image {
		image[i] = byte(rand.Uint32())
	}
	_, err = w.File().WriteAt(image, w.At())
	require.NoError(t, err)
	require.NoError(t, w.Seal(context.Background(), testSections, func() []Blob {
		return []Blob{{"notes", []byte("some notes")}, {"empty", nil}}
	}))
	assert.NoFileExists(t, path, "before it is committed")
	require.NoError(t, w.Commit())
	assert.Equal(t, image, w.Memory(), "it is still shown")
	return image
}

func TestAFileComesBackAsItWasMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.packed")
	image := made(t, path)
	f, err := Open(path, testKey)
	require.NoError(t, err)
	assert.Equal(t, image, f.Image())
	assert.Equal(t, testSections, f.Sections())
	assert.Equal(t, "some notes", string(f.Blob("notes")))
	assert.Empty(t, f.Blob("none"))
	assert.Equal(t, path, f.Path())
	require.NoError(t, f.Verify(context.Background()))
	require.NoError(t, f.Close())
	require.NoError(t, f.Close())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing else is left in the folder")
}

func TestWhatWasMadeFromSomethingElseIsStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.packed")
	made(t, path)
	_, err := Open(path, Key{Model: testKey.Model, Layout: "another layout"})
	require.ErrorIs(t, err, ErrStale)
	_, err = Open(path, Key{Model: [32]byte{9}, Layout: testKey.Layout})
	require.ErrorIs(t, err, ErrStale)
}

// Every byte that means something is checked: header, table and parts by Open,
// weights by Verify.
func TestEveryDamagedByteIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.packed")
	made(t, path)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := Open(path, testKey)
	require.NoError(t, err)
	tableAt, blob := int(f.header.TableAt), int(f.table.blobs[0].at)
	require.NoError(t, f.Close())

	at := []int{headerBytes - 1, blob, blob + 9, imageAt + 1087, imageAt + 4096, imageAt + 1088 + 2999}
	for i := range headerBytes {
		at = append(at, i)
	}
	for i := tableAt; i < len(whole); i++ {
		at = append(at, i)
	}
	bad := filepath.Join(t.TempDir(), "bad.packed")
	require.NoError(t, os.WriteFile(bad, whole, 0o600))
	out, err := os.OpenFile(bad, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer out.Close()
	for _, i := range at {
		_, err = out.WriteAt([]byte{whole[i] ^ 0x40}, int64(i))
		require.NoError(t, err)
		f, err := Open(bad, testKey)
		if err == nil {
			err = f.Verify(context.Background())
			require.NoError(t, f.Close())
		}
		require.Error(t, err, "byte %d", i)
		_, err = out.WriteAt(whole[i:i+1], int64(i))
		require.NoError(t, err)
	}
	f, err = Open(bad, testKey)
	require.NoError(t, err)
	require.NoError(t, f.Verify(context.Background()))
	require.NoError(t, f.Close())
	for _, n := range []int{0, 7, headerBytes - 1, headerBytes, headerSize, imageAt + 10, tableAt, len(whole) - 1} {
		require.NoError(t, os.WriteFile(bad, whole[:n], 0o600))
		_, err := Open(bad, testKey)
		require.Error(t, err, "cut to %d bytes", n)
	}
	require.NoError(t, os.WriteFile(bad, append(bytes.Clone(whole), 0), 0o600))
	_, err = Open(bad, testKey)
	require.ErrorIs(t, err, ErrDamaged, "longer")
}

func TestAFileThatIsNotFinishedIsNoFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m[1].packed")
	w, err := Create(path, testKey, testImage, 0o600)
	require.NoError(t, err)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, w.Seal(cancelled, testSections, noBlobs), context.Canceled)
	require.Error(t, w.Commit())
	assert.Len(t, w.Memory(), testImage, "the weights can be used all the same")
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestWhatAKilledProcessLeftIsSweptAndWhatALivingOneMakesIsNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m[1].packed")
	left := filepath.Join(dir, ".m[1].packed.123.tmp")
	require.NoError(t, os.WriteFile(left, make([]byte, 10), 0o600))
	first, err := Create(path, testKey, testImage, 0o600)
	require.NoError(t, err)
	defer first.Close()
	assert.NoFileExists(t, left)
	second, err := Create(path, testKey, testImage, 0o600)
	require.NoError(t, err)
	defer second.Close()
	for _, w := range []*Writer{first, second} {
		require.NoError(t, w.Seal(context.Background(), testSections, noBlobs))
		require.NoError(t, w.Commit(), "two at once do not disturb each other")
	}
	f, err := Open(path, testKey)
	require.NoError(t, err)
	require.NoError(t, f.Verify(context.Background()))
	require.NoError(t, f.Close())
}

func TestAFolderThatCannotBeWrittenAndAFullDisk(t *testing.T) {
	_, err := Create(filepath.Join(t.TempDir(), "none", "m.packed"), testKey, testImage, 0o600)
	require.Error(t, err)
	_, err = Create(filepath.Join(t.TempDir(), "m.packed"), testKey, 1<<60, 0o600)
	require.ErrorContains(t, err, "MiB free")
}

func TestIdentityFollowsContentSizeAndTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	content := make([]byte, 1<<20)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	info, err := os.Stat(path)
	require.NoError(t, err)
	first, err := Identify(path)
	require.NoError(t, err)
	again, err := Identify(path)
	require.NoError(t, err)
	assert.Equal(t, first, again)

	for name, change := range map[string]func([]byte) []byte{
		"the first byte": func(b []byte) []byte { b[0]++; return b },
		"the last byte":  func(b []byte) []byte { b[len(b)-1]++; return b },
		"the size":       func(b []byte) []byte { return b[:len(b)-1] },
	} {
		require.NoError(t, os.WriteFile(path, change(bytes.Clone(content)), 0o600))
		require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
		other, err := Identify(path)
		require.NoError(t, err)
		assert.NotEqual(t, first, other, name)
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime().Add(1)))
	other, err := Identify(path)
	require.NoError(t, err)
	assert.NotEqual(t, first, other, "the time")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err = Identify(path)
	require.NoError(t, err)
}

func TestTheRegistryTrustsAFileUntilItIsTouched(t *testing.T) {
	r := Registry{Dir: filepath.Join(t.TempDir(), "registry")}
	path := filepath.Join(t.TempDir(), "m.packed")
	made(t, path)
	assert.False(t, r.Verified(path))
	require.NoError(t, r.Note(path, "/models/m.gguf"))
	assert.True(t, r.Verified(path))
	list, err := r.List()
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, "/models/m.gguf", list[0].Model)

	// The time of the content can be set back, the time of the change cannot.
	info, err := os.Stat(path)
	require.NoError(t, err)
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	for before := changed(t, path); changed(t, path) == before; { // the clock of the file system is coarse
		_, err = out.WriteAt([]byte{1}, imageAt)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
	assert.False(t, r.Verified(path))

	require.NoError(t, r.Note(path, "/models/m.gguf"))
	require.NoError(t, os.Remove(path))
	list, err = r.List()
	require.NoError(t, err)
	assert.Empty(t, list)
	require.NoError(t, r.Forget(path))
}

func changed(t *testing.T, path string) int64 {
	t.Helper()
	s, err := stamp(path)
	require.NoError(t, err)
	return s.Changed
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "m.packed")
	made(f, path)
	opened, err := Open(path, testKey)
	require.NoError(f, err)
	defer opened.Close()
	rows := opened.table.encode()
	f.Add(opened.header.encode(), rows)
	f.Add([]byte(magic), []byte{})
	f.Fuzz(func(t *testing.T, page, rows []byte) {
		size := int64(imageAt + 1<<16)
		h, err := readHeader(page, size)
		if err != nil {
			// The checksums stand in the way: look behind them too.
			h = &header{ImageBytes: testImage, TableAt: imageAt + 3*pageSize, TableBytes: int64(len(rows)), Size: size}
		}
		h.TableSum = sum(rows)
		table, err := readTable(rows, h)
		if err != nil {
			return
		}
		for _, s := range table.sections {
			require.True(t, s.Offset >= 0 && s.Bytes >= 0 && s.Offset+s.Bytes <= h.ImageBytes)
		}
		for _, p := range table.blobs {
			require.True(t, p.at >= imageAt+h.ImageBytes && p.at+p.bytes <= h.TableAt)
		}
		require.Equal(t, rows, table.encode(), "what is read is all there is")
	})
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"path": "/a/b.packed", "inode": 3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if rec, err := parseRecord(data); err == nil {
			require.True(t, filepath.IsAbs(rec.Path))
		}
	})
}
