package hostinfo

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// files makes a root from pairs of name and text.
func files(pairs ...string) fstest.MapFS {
	root := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		root[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return root
}

func anyCPU(int) bool { return true }

const twoThreadsEach = `processor	: 0
model name	: Some Processor @ 2.30GHz: fast
physical id	: 0
core id		: 0
flags		: fpu avx2 fma avx512_vnni

processor	: 1
physical id	: 0
core id		: 0
flags		: fpu avx2 fma avx512_vnni

processor	: 2
physical id	: 1
core id		: 0
flags		: fpu avx2 fma avx512_vnni

`

func TestHardwareThreadsOfOneCoreCountOnce(t *testing.T) {
	c := readCPU(files("proc/cpuinfo", twoThreadsEach), anyCPU)
	assert.Equal(t, CPU{
		Model: "Some Processor @ 2.30GHz: fast", Features: []string{"avx2", "fma", "avx512_vnni"},
		PhysicalCores: 2, LogicalCores: 3,
	}, c)
	assert.True(t, c.Has("avx2"))
	assert.False(t, c.Has("avx512f"))
}

func TestOnlyAllowedCPUsCount(t *testing.T) {
	c := readCPU(files("proc/cpuinfo", twoThreadsEach), func(n int) bool { return n == 1 })
	assert.Equal(t, 1, c.PhysicalCores)
	assert.Equal(t, 1, c.LogicalCores)
}

func TestArmCoresHaveNoCoreID(t *testing.T) {
	c := readCPU(files("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n\nprocessor\t: 1\nFeatures\t: fp asimd\n"), anyCPU)
	assert.Equal(t, 2, c.PhysicalCores)
	assert.Equal(t, []string{"asimd", "asimddp", "i8mm"}, c.Features)
}

func TestAbsentFilesLeaveUsableZeros(t *testing.T) {
	h := readFrom(files(), anyCPU)
	assert.Equal(t, Host{CPU: CPU{PhysicalCores: 1, LogicalCores: 1}}, h)
}

const meminfo = "MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:   20000000 kB\n"

func TestMemory(t *testing.T) {
	for name, c := range map[string]struct {
		root fstest.MapFS
		want Memory
	}{
		"no group":     {files("proc/meminfo", meminfo), Memory{24000000 << 10, 20000000 << 10, false}},
		"unlimited v2": {files("proc/meminfo", meminfo, "proc/self/cgroup", "0::/a\n", "sys/fs/cgroup/a/memory.max", "max\n"), Memory{24000000 << 10, 20000000 << 10, false}},
		"v2 limit of a parent, cache given back": {files("proc/meminfo", meminfo, "proc/self/cgroup", "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max", "max\n",
			"sys/fs/cgroup/a/memory.max", "1000000\n", "sys/fs/cgroup/a/memory.current", "700000\n",
			"sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 100000\n"), Memory{24000000 << 10, 400000, true}},
		"v1, group path hidden by a container": {files("proc/meminfo", meminfo, "proc/self/cgroup", "5:cpu:/\n4:memory:/x/y\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n", "sys/fs/cgroup/memory/memory.usage_in_bytes", "9000\n"), Memory{24000000 << 10, 0, true}},
		"malformed": {files("proc/meminfo", "MemTotal: -3 kB\nMemAvailable: many\n", "proc/self/cgroup", "nonsense\n::\n"), Memory{}},
	} {
		assert.Equal(t, c.want, readMemory(c.root), name)
	}
}

func TestDriverVersion(t *testing.T) {
	const line = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (x@y)  Tue Sep 23\nGCC version: 12.2.0\n"
	assert.Equal(t, "580.95.05", readGPU(files("proc/driver/nvidia/version", line)).Driver)
	assert.Empty(t, readGPU(files("proc/driver/nvidia/version", "\n")).Driver)
}

func TestThisMachine(t *testing.T) {
	h := Read()
	require.NotZero(t, h.Memory.Total)
	assert.LessOrEqual(t, h.Memory.Available, h.Memory.Total)
	assert.NotZero(t, h.Memory.Available)
	assert.GreaterOrEqual(t, h.CPU.LogicalCores, h.CPU.PhysicalCores)
}

func FuzzFilesOfTheKernel(f *testing.F) {
	f.Add(twoThreadsEach, meminfo, "0::/a/../../b\n")
	f.Fuzz(func(t *testing.T, cpu, mem, group string) {
		h := readFrom(files("proc/cpuinfo", cpu, "proc/meminfo", mem, "proc/self/cgroup", group), anyCPU)
		assert.LessOrEqual(t, h.CPU.PhysicalCores, max(1, strings.Count(cpu, "processor")))
	})
}
