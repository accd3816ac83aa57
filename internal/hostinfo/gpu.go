package hostinfo

import (
	"io/fs"
	"regexp"
	"strings"
)

var driverVersion = regexp.MustCompile(`\b\d{3,}\.\d+(\.\d+)?\b`)

// readGPU reads the version line of NVIDIA's kernel module.
func readGPU(root fs.FS) GPU {
	line, _, _ := strings.Cut(readText(root, "proc/driver/nvidia/version"), "\n")
	return GPU{Driver: driverVersion.FindString(line)}
}
