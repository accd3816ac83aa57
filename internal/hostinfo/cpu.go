package hostinfo

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// vectorFeatures are the instruction sets that decide how fast a quantized
// model runs, by the names /proc/cpuinfo gives them on x86 and arm64.
var vectorFeatures = []string{
	"avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vbmi", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8",
	"asimd", "asimddp", "i8mm", "sve",
}

// VectorFeatures lists the features a CPU is asked about, in the order in which
// they are shown.
func VectorFeatures() []string { return slices.Clone(vectorFeatures) }

// readCPU reads /proc/cpuinfo: blocks of "key : value" lines, one a logical CPU.
func readCPU(root fs.FS, allowed func(int) bool) CPU {
	var c CPU
	flags := map[string]bool{}
	cores := map[string]bool{}
	for _, block := range strings.Split(readText(root, "proc/cpuinfo"), "\n\n") {
		cpu := fields(block)
		number, err := strconv.Atoi(cpu["processor"])
		if err != nil || !allowed(number) {
			continue
		}
		c.LogicalCores++
		cores[coreKey(cpu, number)] = true
		if c.Model == "" {
			c.Model = cpu["model name"]
		}
		for _, f := range strings.Fields(cpu["flags"] + " " + cpu["Features"]) {
			flags[f] = true
		}
	}
	for _, f := range vectorFeatures {
		if flags[f] {
			c.Features = append(c.Features, f)
		}
	}
	c.LogicalCores = max(1, c.LogicalCores)
	c.PhysicalCores = max(1, len(cores))
	return c
}

// coreKey is the same for two hardware threads of one core. Machines that do
// not tell (most arm64) have one thread a core.
func coreKey(cpu map[string]string, number int) string {
	if cpu["core id"] == "" {
		return strconv.Itoa(number)
	}
	return cpu["physical id"] + "/" + cpu["core id"]
}

// fields reads "key : value" lines; the first of two equal keys wins.
func fields(text string) map[string]string {
	m := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		key, value, ok := strings.Cut(line, ":")
		key = strings.TrimSpace(key)
		if _, seen := m[key]; ok && !seen {
			m[key] = strings.TrimSpace(value)
		}
	}
	return m
}
