package renderers

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// The driver of the browser, in the order of its parts. It runs inside the
// sandbox, and so does the browser.
var (
	//go:embed browser/cdp.js
	browserProtocol string
	//go:embed browser/libraries.js
	browserLibraries string
	//go:embed browser/inspect.js
	browserInspect string
	//go:embed browser/scene.js
	browserScene string
	//go:embed browser/mermaid.js
	browserMermaid string
	//go:embed browser/run.js
	browserRun string
)

// browserPrograms are the places of Chromium's program itself: the scripts of
// that name in PATH read settings that no sandbox shows.
func browserPrograms() []string {
	list := []string{"/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/opt/google/chrome/chrome"}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			if path, err = filepath.EvalSymlinks(path); err == nil {
				list = append(list, path)
			}
		}
	}
	return list
}

func findBrowser(language string) (string, error) {
	for _, path := range browserPrograms() {
		// A snap starts only through its daemon, which no sandbox shows.
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && !strings.HasPrefix(path, "/snap/") && filepath.Base(path) != "snap" {
			return path, nil
		}
	}
	return "", fault.New(fault.Toolchain, "Chromium is not installed").WithHint("Run `viscoder setup %s`.", language)
}

func browserTool(language string) Tool {
	return Tool{Name: "chromium", find: func(ctx context.Context, _ *Tools) (string, string, error) {
		path, err := findBrowser(language)
		if err != nil {
			return "", "", err
		}
		out, err := exec.CommandContext(ctx, path, "--version").Output()
		version := firstVersion.FindString(string(out))
		if version == "" {
			return "", "", fault.Wrap(err, fault.Toolchain, "%s does not tell its version", path).WithHint("Run `viscoder setup %s`.", language)
		}
		return version, path, nil
	}}
}

// browserDebian are the browser and the letters it draws with.
func browserDebian() []string {
	return []string{"chromium", "fonts-dejavu-core", "fonts-liberation", "fonts-noto-color-emoji"}
}

// browserPlan shows program in the browser; kind is html or mermaid.
func browserPlan(job *Job, kind, program string) (Plan, error) {
	browser, err := findBrowser(kind)
	if err != nil {
		return Plan{}, err
	}
	driver := strings.Join([]string{browserProtocol, browserLibraries, browserInspect, browserScene, browserMermaid, browserRun}, "\n")
	p, err := job.tools.nodePlan(kind, driver, browser, kind, program, job.Format)
	if err != nil {
		return p, err
	}
	p.Files = map[string]string{program: job.Program}
	if !strings.HasPrefix(browser, "/usr/") {
		p.ReadOnly = append(p.ReadOnly, sandbox.Bind{Host: filepath.Dir(browser)})
	}
	p.Limits.Memory = 3 << 30
	p.Limits.Processes = 512
	p.Limits.OpenFiles = 2048
	return p, nil
}
