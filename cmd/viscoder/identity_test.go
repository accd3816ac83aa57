package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/models"
)

func TestIdentify(t *testing.T) {
	path := source(t, "x.gguf", "weights")
	sum, err := identify(context.Background(), models.Resolved{Path: path})()
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte("weights"))), sum)

	sum, err = identify(context.Background(), models.Resolved{Path: path, SHA256: "recorded"})()
	require.NoError(t, err)
	assert.Equal(t, "recorded", sum, "it is not computed again")

	_, err = identify(context.Background(), models.Resolved{Path: filepath.Join(t.TempDir(), "absent")})()
	assert.Equal(t, fault.Model, fault.CodeOf(err))
}
