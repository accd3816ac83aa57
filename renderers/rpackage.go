package renderers

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"viscoder/internal/fault"
)

// rPackageTool finds a package of R and its version.
func rPackageTool(name string) Tool {
	return Tool{Name: name, find: func(ctx context.Context, _ *Tools) (string, string, error) {
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
