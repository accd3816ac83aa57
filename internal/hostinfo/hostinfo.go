// Package hostinfo reads what this machine can give to a local model: vector
// instructions, physical cores, memory that is really available (control-group
// limits included), and whether an NVIDIA driver is loaded.
//
// The figures come from /proc and /sys as proc(5) and the kernel's cgroup-v1
// and cgroup-v2 documents describe them. A file that is absent leaves its field
// zero; it is never an error, because containers hide files at will.
package hostinfo

import (
	"io/fs"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Host is one reading of the machine.
type Host struct {
	CPU    CPU    `json:"cpu"`
	Memory Memory `json:"memory"`
	GPU    GPU    `json:"gpu"`
}

// CPU says what computes.
type CPU struct {
	Model         string   `json:"model"`
	Features      []string `json:"features"`       // of VectorFeatures, those present
	PhysicalCores int      `json:"physical_cores"` // usable by this process, at least 1
	LogicalCores  int      `json:"logical_cores"`  // usable by this process, at least 1
}

// Memory is in bytes; zero means unknown.
type Memory struct {
	Total     uint64 `json:"total_bytes"`
	Available uint64 `json:"available_bytes"` // can be taken without swapping
	Limited   bool   `json:"limited"`         // a control group, not the machine, sets Available
}

// GPU says whether an NVIDIA kernel driver is loaded.
type GPU struct {
	Driver string `json:"driver"` // its version, "" when none is loaded
}

// Read reads the machine this process runs on.
func Read() Host {
	h := readFrom(os.DirFS("/"), affinity())
	h.CPU.LogicalCores = runtime.NumCPU()
	// The Go runtime has already read the control group's CPU quota.
	h.CPU.PhysicalCores = max(1, min(h.CPU.PhysicalCores, runtime.GOMAXPROCS(0)))
	return h
}

// Has reports whether the processor has the feature, by its name in
// VectorFeatures.
func (c CPU) Has(feature string) bool {
	for _, f := range c.Features {
		if f == feature {
			return true
		}
	}
	return false
}

func readFrom(root fs.FS, allowed func(cpu int) bool) Host {
	return Host{CPU: readCPU(root, allowed), Memory: readMemory(root), GPU: readGPU(root)}
}

// affinity returns the test "may this process run on CPU n".
func affinity() func(int) bool {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return func(int) bool { return true }
	}
	return set.IsSet
}

func readText(root fs.FS, name string) string {
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(data)
}
