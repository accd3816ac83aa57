package renderers

import _ "embed"

var (
	//go:embed python/scene.py
	pythonSceneOf string
	//go:embed python/scene_marks.py
	pythonSceneMarks string
	//go:embed python/scene_axes.py
	pythonSceneAxes string
)

// pythonScene is what says in plain data what a figure shows.
var pythonScene = pythonSceneOf + "\n" + pythonSceneMarks + "\n" + pythonSceneAxes + "\n"
