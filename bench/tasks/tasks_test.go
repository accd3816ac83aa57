package tasks_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/bench/tasks"
)

func TestTasksAreSpreadOverLanguagesAndCategories(t *testing.T) {
	list, err := tasks.All()
	require.NoError(t, err)
	languages, categories, parts, ids := map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}
	for _, task := range list {
		languages[task.Language]++
		categories[task.Category]++
		parts[tasks.Split(task.ID)]++
		assert.False(t, ids[task.ID], "two tasks are called %s", task.ID)
		ids[task.ID] = true
	}
	t.Logf("%d tasks: %v %v %v", len(list), languages, categories, parts)
	assert.GreaterOrEqual(t, len(list), 120)
	for _, l := range []string{"python", "vegalite", "lilypond", "latex", "asymptote", "svg", "mermaid", "html"} {
		assert.GreaterOrEqual(t, languages[l], 10, l)
	}
	assert.GreaterOrEqual(t, languages["python"], 40)
	for _, c := range tasks.Categories {
		assert.Positive(t, categories[c], c)
	}
	assert.Greater(t, parts[tasks.Dev], len(list)/4)
	assert.Greater(t, parts[tasks.Test], len(list)/2)
}

func TestTasksAsLines(t *testing.T) {
	list, err := tasks.All()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, tasks.WriteJSONL(&b, list))
	decoder := json.NewDecoder(&b)
	for _, want := range list {
		var got tasks.Task
		require.NoError(t, decoder.Decode(&got))
		assert.Equal(t, want, got)
	}
}
