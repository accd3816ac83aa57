package models

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

const gib = 1 << 30

// put lays a file into the store as a user's copy would.
func (s *testStore) put(t testing.TB, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(s.path(name), data, 0o600))
}

func TestCatalogueIsSound(t *testing.T) {
	names, ranks := map[string]bool{}, map[int]bool{}
	for _, e := range Catalogue() {
		assert.Regexp(t, nameRE, e.Name)
		assert.Equal(t, strings.ToLower(e.Name), e.Name)
		assert.False(t, names[e.Name], e.Name)
		names[e.Name] = true
		assert.Positive(t, e.Bytes, e.Name)
		for field, v := range map[string]string{"title": e.Title, "params": e.Params, "quantization": e.Quantization, "licence": e.Licence, "note": e.Note} {
			assert.NotEmpty(t, v, "%s of %s", field, e.Name)
		}
		if e.Default != 0 {
			assert.False(t, ranks[e.Default], e.Name)
			ranks[e.Default] = true
		}
		if p := e.Source.Packages; p != nil {
			assert.Empty(t, e.Source.Hub, e.Name)
			assert.Regexp(t, sha256RE, e.SHA256)
			assert.Positive(t, p.Count)
			assert.Equal(t, p.Count > 1, strings.Contains(p.Name, "{n}"), e.Name)
			continue
		}
		_, err := parseHub(e.Source.Hub)
		assert.NoError(t, err, e.Name)
	}
	for _, want := range []string{"viscoder2-3b", "viscoder2-7b", "viscoder2-14b", "viscoder2-32b", "qwen2.5-coder-0.5b", smallest, "smollm2-135m"} {
		assert.True(t, names[want], want)
	}
	assert.True(t, ranks[1])
}

func TestListShowsCatalogueAndStrangers(t *testing.T) {
	s := newTestStore(t, nil)
	s.put(t, "zebra", []byte("GGUF"))
	s.put(t, smallest, []byte("GGUF..."))
	require.NoError(t, os.Mkdir(filepath.Join(s.Dir, "folder.gguf"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "notes.txt"), nil, 0o600))
	list, err := s.List()
	require.NoError(t, err)
	require.Len(t, list, len(Catalogue())+1)
	for i, e := range Catalogue() {
		assert.Equal(t, e.Name, list[i].Name)
		assert.Equal(t, e.Name == smallest, list[i].Present)
	}
	zebra := list[len(list)-1]
	assert.Equal(t, Status{Name: "zebra", Bytes: 4, Present: true, Path: s.path("zebra"), Source: byHand}, zebra)
}

func TestListOfAFolderThatIsNotThere(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "none"))
	list, err := s.List()
	require.NoError(t, err)
	assert.Len(t, list, len(Catalogue()))
	assert.NoDirExists(t, s.Dir, "looking makes no folder")
}

func TestDefaultFolder(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	assert.Equal(t, "/data/viscoder/models", Open("").Dir)
}

func TestDefaultModelByMemory(t *testing.T) {
	s := newTestStore(t, nil)
	_, err := s.Resolve("", 64*gib)
	require.Error(t, err)
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.Equal(t, "viscoder pull qwen2.5-coder-1.5b", fault.HintOf(err))

	s.put(t, "some-other", []byte("x"))
	s.put(t, "viscoder2-14b", []byte("x"))
	_, err = s.Resolve("", 64*gib)
	require.Error(t, err, "only models made for it are chosen unasked")

	choose := func(memory uint64) string {
		r, err := s.Resolve("", memory)
		require.NoError(t, err)
		return r.Name
	}
	s.put(t, smallest, []byte("x"))
	assert.Equal(t, smallest, choose(64*gib))
	s.put(t, "viscoder2-3b", []byte("x"))
	assert.Equal(t, "viscoder2-3b", choose(64*gib))
	s.put(t, "viscoder2-7b", []byte("x"))
	assert.Equal(t, "viscoder2-7b", choose(8*gib))
	assert.Equal(t, "viscoder2-7b", choose(0), "unknown memory does not forbid")
	assert.Equal(t, "viscoder2-3b", choose(7*gib))
	assert.Equal(t, smallest, choose(3*gib))
	assert.Equal(t, smallest, choose(1), "the smallest is left to the engine's own estimate")
}

func TestResolveSaysWhatToDo(t *testing.T) {
	s := newTestStore(t, nil)
	s.put(t, "my-model", []byte("x"))
	for ref, want := range map[string]struct {
		code       fault.Code
		says, hint string
	}{
		"qwen2.5-coder-1.5b":           {fault.Model, "model qwen2.5-coder-1.5b is not pulled", "viscoder pull qwen2.5-coder-1.5b"},
		"VisCoder2-7B":                 {fault.Model, "model viscoder2-7b is not pulled", "viscoder pull viscoder2-7b"},
		"qwen2.5-coder-1.5":            {fault.Model, "no model is called qwen2.5-coder-1.5", "did you mean qwen2.5-coder-1.5b"},
		"viscoder":                     {fault.Model, "no model is called", "viscoder2-14b, viscoder2-32b, viscoder2-3b"},
		"my-modle":                     {fault.Model, "no model is called", "my-model"},
		"gpt-5-ultra-max":              {fault.Model, "no model is called", "hf:OWNER/REPO/FILE.gguf"},
		"./none.gguf":                  {fault.Model, "model file ./none.gguf", "viscoder models"},
		".":                            {fault.Usage, "no model name", "viscoder models"},
		"a b":                          {fault.Usage, "no model name", "viscoder models"},
		"hf:a/b":                       {fault.Usage, "no file on the hub", "hf:OWNER"},
		"hf:a/b/c.safetensors":         {fault.Usage, "no file on the hub", "hf:OWNER"},
		"hf:a/b/c-00001-of-00003.gguf": {fault.Usage, "split model", "single file"},
		"hf:a/b/c.gguf":                {fault.Model, "hf:a/b/c.gguf is not pulled", "viscoder pull hf:a/b/c.gguf"},
		"hf:a/b/my-model.gguf":         {fault.Model, "is not pulled", "viscoder pull hf:a/b/my-model.gguf"},
		"bell\x07":                     {fault.Usage, "unprintable", ""},
		"hf:mradermacher/VisCoder2-7B-GGUF/../x.gguf": {fault.Usage, "no file on the hub", ""},
	} {
		_, err := s.Resolve(ref, 0)
		require.Error(t, err, ref)
		assert.Equal(t, want.code, fault.CodeOf(err), ref)
		assert.Contains(t, err.Error(), want.says, ref)
		assert.Contains(t, fault.HintOf(err), want.hint, ref)
	}
}

func TestResolvePaths(t *testing.T) {
	s := newTestStore(t, nil)
	outside := filepath.Join(t.TempDir(), "A b.gguf")
	require.NoError(t, os.WriteFile(outside, []byte("x"), 0o600))
	r, err := s.Resolve(outside, 0)
	require.NoError(t, err)
	assert.Equal(t, Resolved{Name: "A-b", Path: outside}, r)

	s.put(t, "smollm2-135m", []byte("x"))
	r, err = s.Resolve(s.path("smollm2-135m"), 0)
	require.NoError(t, err)
	assert.Equal(t, "SmolLM2-135M-Instruct", r.Entry.Title)

	_, err = s.Resolve(s.Dir+"/", 0)
	assert.ErrorContains(t, err, "not a regular file")
	t.Chdir(filepath.Dir(outside))
	r, err = s.Resolve("A b.gguf", 0)
	require.NoError(t, err)
	assert.True(t, filepath.IsAbs(r.Path))
}

func TestLinkedModelIsPresent(t *testing.T) {
	s := newTestStore(t, nil)
	elsewhere := filepath.Join(t.TempDir(), "w.gguf")
	require.NoError(t, os.WriteFile(elsewhere, []byte("x"), 0o600))
	require.NoError(t, os.Symlink(elsewhere, s.path("linked")))
	_, err := s.Resolve("linked", 0)
	require.NoError(t, err)
	require.NoError(t, s.Remove("linked"))
	assert.FileExists(t, elsewhere, "the link goes, not what it points to")
	require.NoError(t, os.Symlink(filepath.Join(t.TempDir(), "gone"), s.path("dangling")))
	_, err = s.Resolve("dangling", 0)
	assert.Error(t, err)
}

func TestRemove(t *testing.T) {
	s := newTestStore(t, nil)
	s.put(t, "mine", []byte("x"))
	require.NoError(t, os.WriteFile(s.recordPath("mine"), []byte("{}"), 0o600))
	p, err := openPartial(s.partialDir("mine"), "x", "y")
	require.NoError(t, err)
	p.close()
	require.NoError(t, s.Remove("Mine"))
	assert.Empty(t, s.files(t))

	err = s.Remove("mine")
	require.ErrorContains(t, err, "no model is called mine")
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.ErrorContains(t, s.Remove("smollm2-135m"), "not pulled")
	for _, bad := range []string{"", "../x", "a/b", ".hidden", "x\n"} {
		assert.Equal(t, fault.Usage, fault.CodeOf(s.Remove(bad)), bad)
	}
}

func TestRemoveWhileItIsPulled(t *testing.T) {
	s := newTestStore(t, nil)
	s.put(t, "mine", []byte("x"))
	unlock, err := s.lock(t.Context(), "mine", nil)
	require.NoError(t, err)
	assert.ErrorContains(t, s.again().Remove("mine"), "being pulled")
	unlock()
	assert.NoError(t, s.again().Remove("mine"))
}

func TestVerifyHashesLazilyAndOnce(t *testing.T) {
	s := newTestStore(t, nil)
	data := []byte("weights")
	s.put(t, "mine", data)
	r, err := s.Resolve("mine", 0)
	require.NoError(t, err)
	assert.Empty(t, r.SHA256)
	st, err := s.Verify(t.Context(), "mine", s.progress)
	require.NoError(t, err)
	assert.Equal(t, sumOf(data), st.SHA256)
	assert.Equal(t, StageVerify, s.events[0].Stage)
	r, err = s.Resolve("mine", 0)
	require.NoError(t, err)
	assert.Equal(t, sumOf(data), r.SHA256)

	s.put(t, "mine", []byte("Weights"))
	_, err = s.Verify(t.Context(), "mine", nil)
	require.ErrorContains(t, err, sumOf(data))
	assert.ErrorContains(t, err, sumOf([]byte("Weights")))

	s.put(t, "mine", []byte("other weights"))
	r, err = s.Resolve("mine", 0)
	require.NoError(t, err)
	assert.Empty(t, r.SHA256, "a record of another size is of another file")

	_, err = s.Verify(t.Context(), "absent", nil)
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	_, err = s.Verify(t.Context(), "../x", nil)
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
}

func TestPullOfAHandCopiedFile(t *testing.T) {
	s, x := newPackageStore(t)
	s.put(t, "tiny", x.data)
	_, err := s.pull(t, "tiny")
	require.NoError(t, err)
	assert.Empty(t, x.fetched)
	rec, ok := s.record("tiny")
	require.True(t, ok, "its checksum was compared and is kept")
	assert.Equal(t, sumOf(x.data), rec.SHA256)

	require.NoError(t, os.Remove(s.recordPath("tiny")))
	s.put(t, "tiny", []byte("something else"))
	_, err = s.pull(t, "tiny")
	require.ErrorContains(t, err, "another file is in the way")
	assert.ErrorContains(t, err, sumOf(x.data))
	assert.Contains(t, fault.HintOf(err), "viscoder models rm tiny")
}

func TestPullOfAHandCopiedFileOfTheHub(t *testing.T) {
	h := newFakeHub(t, tinyGGUF(t, 1))
	s := newTestStore(t, h)
	s.put(t, "Tiny.Q4_K_M", []byte("anything"))
	_, err := s.pull(t, testRef)
	require.NoError(t, err, "nobody can say what it should be without the network")
	assert.Empty(t, h.requests)
	_, err = s.Verify(t.Context(), "Tiny.Q4_K_M", nil)
	require.NoError(t, err)
	_, err = s.pull(t, testRef)
	require.NoError(t, err)
}

func TestPullUnknownName(t *testing.T) {
	s := newTestStore(t, nil)
	_, err := s.pull(t, "smollm2-135")
	require.ErrorContains(t, err, "no model is called")
	assert.Contains(t, fault.HintOf(err), "smollm2-135m")
	assert.NoFileExists(t, filepath.Join(s.Dir, ".smollm2-135.lock"))
}

func TestPullLocalFileLinks(t *testing.T) {
	data := tinyGGUF(t, 4)
	file := filepath.Join(t.TempDir(), "My Model.gguf")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	s := newTestStore(t, nil)
	path, err := s.pull(t, file)
	require.NoError(t, err)
	assert.Equal(t, s.path("My-Model"), path)
	a, err := os.Stat(file)
	require.NoError(t, err)
	b, err := os.Stat(path)
	require.NoError(t, err)
	assert.True(t, os.SameFile(a, b), "one disk: no second copy")
	r, err := s.Resolve("my-model", 0)
	require.NoError(t, err)
	assert.Equal(t, sumOf(data), r.SHA256)
	assert.Equal(t, []string{StageVerify, StageDone}, s.stages())

	s.events = nil
	_, err = s.pull(t, file)
	require.NoError(t, err)
	assert.Equal(t, []string{StageVerify, StagePresent}, s.stages())

	require.NoError(t, os.Remove(file))
	require.NoError(t, os.WriteFile(file, tinyGGUF(t, 5), 0o600))
	_, err = s.pull(t, file)
	assert.ErrorContains(t, err, "another file is in the way")
	require.NoError(t, s.Remove("My-Model"))
	assert.FileExists(t, file)
}

func TestPullLocalFileCopiesAcrossDisks(t *testing.T) {
	data := tinyGGUF(t, 4)
	file := filepath.Join(t.TempDir(), "m.gguf")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	s := newTestStore(t, nil)
	m := newMeter(s.progress, time.Now)
	j, err := s.localJob(t.Context(), file, m)
	require.NoError(t, err)
	l := j.fetcher.(localFetcher)
	require.False(t, l.link(filepath.Join(s.Dir, "no", "folder")), "where a link cannot be made it says so")
	p, err := openPartial(s.partialDir("m"), j.source, l.want.sha256)
	require.NoError(t, err)
	require.NoError(t, l.fetch(t.Context(), l.want, p, m))
	require.NoError(t, p.check("m", l.want.sha256, l.want.bytes))
	require.NoError(t, p.place(s.path("m")))
	got, err := os.ReadFile(s.path("m"))
	require.NoError(t, err)
	assert.Equal(t, data, got)
	assert.Equal(t, []string{"m.gguf"}, s.files(t))
}

func TestPullLocalFileThatIsNone(t *testing.T) {
	s := newTestStore(t, nil)
	bad := filepath.Join(t.TempDir(), "bad.gguf")
	require.NoError(t, os.WriteFile(bad, []byte("GGUF but no more"), 0o600))
	for _, ref := range []string{bad, "./absent.gguf", "/"} {
		_, err := s.pull(t, ref)
		require.Error(t, err, ref)
		assert.Equal(t, fault.Model, fault.CodeOf(err), ref)
	}
	good := filepath.Join(t.TempDir(), "+++.gguf")
	require.NoError(t, os.WriteFile(good, tinyGGUF(t, 1), 0o600))
	_, err := s.pull(t, good)
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	assert.Empty(t, s.files(t))
}

func TestPullOfAFileInTheStoreAdoptsIt(t *testing.T) {
	s := newTestStore(t, nil)
	data := tinyGGUF(t, 1)
	s.put(t, "mine", data)
	_, err := s.pull(t, s.path("mine"))
	require.NoError(t, err)
	rec, ok := s.record("mine")
	require.True(t, ok)
	assert.Equal(t, sumOf(data), rec.SHA256)
}

func TestMeter(t *testing.T) {
	now := time.Unix(0, 0)
	var events []PullEvent
	m := newMeter(func(ev PullEvent) { events = append(events, ev) }, func() time.Time { return now })
	m.stage(StageDownload, "host")
	for done := int64(1000); done <= 5000; done += 10 { // 1000 bytes a second
		now = now.Add(10 * time.Millisecond)
		m.at(done, 10_000)
	}
	assert.InDelta(t, 40, len(events), 3, "ten events a second")
	last := events[len(events)-1]
	assert.InDelta(t, 1000, last.BytesPerSecond, 1)
	assert.InDelta(t, 5, last.ETA.Seconds(), 0.2)
	assert.Equal(t, int64(10_000), last.Total)

	m.at(10_000, 10_000)
	assert.Equal(t, int64(10_000), events[len(events)-1].Done, "the last byte is always told")
	m.stage(StageVerify, "")
	assert.Zero(t, events[len(events)-1].BytesPerSecond)
}

func TestRateForgetsThePast(t *testing.T) {
	now := time.Unix(0, 0)
	var last PullEvent
	m := newMeter(func(ev PullEvent) { last = ev }, func() time.Time { return now })
	m.stage(StageDownload, "")
	done := int64(0)
	for _, rate := range []int64{1_000_000, 10} {
		for range 60 {
			now = now.Add(time.Second)
			done += rate
			m.at(done, 1<<40)
		}
	}
	assert.InDelta(t, 10, last.BytesPerSecond, 0.01)
}

func TestEditDistance(t *testing.T) {
	assert.Equal(t, 0, editDistance("same", "same"))
	assert.Equal(t, 3, editDistance("kitten", "sitting"))
	assert.Equal(t, 4, editDistance("", "four"))
	assert.Equal(t, 4, editDistance("four", ""))
}
