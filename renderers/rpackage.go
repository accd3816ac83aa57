package renderers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
)

// rPackage looks where Debian and most others keep packages, which is much
// faster than asking R.
func rPackage(name string) (version, path string) {
	for _, dir := range []string{"/usr/local/lib/R/site-library", "/usr/lib/R/site-library", "/usr/lib/R/library"} {
		path := filepath.Join(dir, name)
		about, err := os.ReadFile(filepath.Join(path, "DESCRIPTION"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(about)) {
			if version, ok := strings.CutPrefix(line, "Version:"); ok {
				return strings.TrimSpace(version), path
			}
		}
	}
	return "", ""
}

// rPackageTool finds a package of R and its version.
func rPackageTool(name string) Tool {
	return Tool{Name: name, find: func(ctx context.Context, _ *Tools) (string, string, error) {
		if version, path := rPackage(name); version != "" {
			return version, path, nil
		}
		r, err := lookUp("r", "Rscript")
		if err != nil {
			return "", "", err
		}
		out, err := exec.CommandContext(ctx, r, "--vanilla", "-e", fmt.Sprintf("cat(as.character(packageVersion(%q)), find.package(%q), sep = '\\n')", name, name)).Output()
		if err != nil {
			return "", "", fault.Wrap(err, fault.Toolchain, "R has no package %s", name).WithHint("Run `viscoder setup r`.")
		}
		version, path, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return version, path, nil
	}}
}
