package snapshot

import (
	"bytes"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var key = Key{Model: "weights", Layout: "native", KVType: "f16"}

func snap(n int, state string) Snapshot {
	s := Snapshot{Key: key, State: []byte(state)}
	for i := range n {
		s.Tokens = append(s.Tokens, Token(i*7-1))
	}
	return s
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, state := range []string{"", "a", "ab", "abc", "\x00\x3c\x01\x3c\x02\x3c"} {
		var out bytes.Buffer
		want := snap(5, state)
		require.NoError(t, Write(&out, want))
		got, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		require.NoError(t, err)
		assert.Equal(t, want.Tokens, got.Tokens)
		assert.Equal(t, want.Key, got.Key)
		assert.Equal(t, state, string(got.State))
	}
}

func TestEveryDamagedByteIsFound(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Write(&out, snap(9, "the state of the cache, twice: the state of the cache")))
	for i := range out.Len() {
		data := bytes.Clone(out.Bytes())
		data[i] ^= 0x10
		got, err := Read(bytes.NewReader(data), int64(len(data)))
		if err == nil { // a bit of the frame's header that says nothing about the content
			assert.Equal(t, "the state of the cache, twice: the state of the cache", string(got.State), "byte %d", i)
		}
		_, err = Read(bytes.NewReader(out.Bytes()[:i]), int64(i))
		assert.ErrorIs(t, err, ErrDamaged, "cut at %d", i)
	}
}

func TestTheLongestBeginningIsFound(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	all := snap(100, "").Tokens
	_, ok := s.Longest(key, all)
	assert.False(t, ok)
	for _, n := range []int{10, 40, 70} {
		require.NoError(t, s.Save(snap(n, string(rune('a'+n)))))
	}
	got, ok := s.Longest(key, all[:69])
	require.True(t, ok)
	assert.Len(t, got.Tokens, 40)
	assert.True(t, s.Has(key, all[:70]))
	assert.False(t, s.Has(key, all[:71]))

	_, ok = s.Longest(Key{Model: "others", Layout: "native", KVType: "f16"}, all)
	assert.False(t, ok, "another model's")
	_, ok = s.Longest(key, append([]Token{5}, all...))
	assert.False(t, ok, "another beginning")

	require.NoError(t, os.WriteFile(s.path(key, all[:70]), []byte("VCKV rubbish"), 0o600))
	got, ok = s.Longest(key, all)
	require.True(t, ok)
	assert.Len(t, got.Tokens, 40, "a damaged file is passed over")
	assert.False(t, s.Has(key, all[:70]), "and deleted")
	require.NoError(t, s.Clear())
	assert.Empty(t, s.Files())
}

func TestTheOldestGoWhenTheBudgetIsSpent(t *testing.T) {
	s := Store{Dir: t.TempDir(), Budget: 1}
	require.NoError(t, s.Save(snap(10, "a")))
	require.NoError(t, s.Save(snap(20, "b")))
	require.Len(t, s.Files(), 1, "the new one stays, however large")
	s.Budget = 10 * s.Files()[0].Bytes
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(s.Files()[0].Path, old, old))
	require.NoError(t, s.Save(snap(30, "c")))
	_, ok := s.Longest(key, snap(20, "").Tokens)
	require.True(t, ok, "using it makes it new")
	s.Budget = s.Files()[0].Bytes + 300
	require.NoError(t, s.Save(snap(40, "d")))
	assert.True(t, s.Has(key, snap(20, "").Tokens))
	assert.False(t, s.Has(key, snap(30, "").Tokens))
}

func TestManyProcessesMayUseAStore(t *testing.T) {
	s := Store{Dir: t.TempDir(), Budget: 2000}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 60 {
				n := 1 + random.IntN(30)
				assert.NoError(t, s.Save(snap(n, string(bytes.Repeat([]byte{byte(n)}, n)))))
				if got, ok := s.Longest(key, snap(30, "").Tokens); ok {
					assert.Len(t, got.State, len(got.Tokens))
				}
			}
		}()
	}
	all.Wait()
}

func FuzzRead(f *testing.F) {
	var out bytes.Buffer
	require.NoError(f, Write(&out, snap(3, "state")))
	f.Add(out.Bytes())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, Write(&again, got))
	})
}
