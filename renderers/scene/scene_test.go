package scene

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadTakesNullForNoNumber(t *testing.T) {
	s, err := Read(strings.NewReader(`{"figures":[{"panels":[{"marks":[{"type":"bar","y":[1,null,3]}]}]}]}`))
	require.NoError(t, err)
	y := s.Figures[0].Panels[0].Marks[0].Y
	require.Len(t, y, 3)
	assert.Equal(t, 3.0, y[2])
	assert.NotEqual(t, y[1], y[1], "null is NaN")
}

func TestReadIsBounded(t *testing.T) {
	_, err := Read(bytes.NewReader(make([]byte, MaxBytes+1)))
	assert.ErrorContains(t, err, "more than")
}

// FuzzRead: a scene that can be read can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"figures":[{"title":"t","panels":[{"x":{"min":0},"marks":[{"x":[1,null],"xn":["a"]}]}]}],"page":{"elements":{"svg":1},"lengths":[[1]]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		once, err := json.Marshal(s)
		require.NoError(t, err)
		again, err := Read(bytes.NewReader(once))
		require.NoError(t, err)
		twice, err := json.Marshal(again)
		require.NoError(t, err)
		assert.JSONEq(t, string(once), string(twice))
	})
}
