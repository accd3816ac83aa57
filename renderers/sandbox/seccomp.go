package sandbox

import (
	"fmt"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// rule takes system calls away from programs in the box.
type rule struct {
	why   string
	names []string
	errno unix.Errno
	when  seccomp.ArgumentConditions // nil: always
}

// namespaceFlags are the flags of clone(2) that make a new namespace, and with
// it capabilities over a part of the kernel that is meant for administrators.
const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// rules is the whole policy; what it does not name is allowed. The library
// compares arguments in 64 bits, so a condition may only be one that junk in
// the upper half, which the kernel ignores, makes stricter.
func rules() []rule {
	notUnix := seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.NotEqual, Value: unix.AF_UNIX}}
	newNamespace := seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsSet, Value: namespaceFlags}}
	return []rule{
		{why: "second line behind the empty network namespace; local sockets stay, Python's multiprocessing needs them",
			names: []string{"socket", "socketpair"}, errno: unix.EPERM, when: notUnix},
		{why: "a user namespace would give capabilities back", names: []string{"clone"}, errno: unix.EPERM, when: newNamespace},
		{why: "its flags lie behind a pointer, where no filter sees them; libc falls back to clone", names: []string{"clone3"}, errno: unix.ENOSYS},
		{why: "new or foreign namespaces", names: []string{"unshare", "setns"}, errno: unix.EPERM},
		{why: "reaches into other processes, such as the box's own first one",
			names: []string{"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"}, errno: unix.EPERM},
		{why: "changes the view of the file system", errno: unix.EPERM,
			names: []string{"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"}},
		{why: "opens files by number, past every folder's rights", names: []string{"name_to_handle_at", "open_by_handle_at"}, errno: unix.EPERM},
		{why: "keyrings are shared by all processes of a user, in a box or not", names: []string{"add_key", "request_key", "keyctl"}, errno: unix.EPERM},
		{why: "runs system calls that no filter sees", names: []string{"io_uring_setup", "io_uring_enter", "io_uring_register"}, errno: unix.EPERM},
		{why: "programs in the kernel", names: []string{"bpf", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load"}, errno: unix.EPERM},
		{why: "large, often exploited parts of the kernel that no renderer needs",
			names: []string{"userfaultfd", "perf_event_open", "fanotify_init", "modify_ldt", "lookup_dcookie", "vmsplice"}, errno: unix.EPERM},
		{why: "memory that outlives its processes and that no limit counts; POSIX shared memory stays",
			names: []string{"shmget", "msgget", "semget"}, errno: unix.EPERM},
		{why: "belongs to the administrator of the machine", errno: unix.EPERM,
			names: []string{"reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "iopl", "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
				"sethostname", "setdomainname", "vhangup", "nfsservctl", "_sysctl", "uselib", "ustat", "sysfs"}},
	}
}

// forbiddenIoctls push input to a terminal as if the user had typed it
// (CVE-2017-5226). The kernel reads 32 bits of the number, so the upper half
// must not count (CVE-2019-10063).
func forbiddenIoctls() []uint32 { return []uint32{unix.TIOCSTI, unix.TIOCLINUX} }

// filter returns the policy as the kernel takes it: struct sock_filter[].
func filter() ([]byte, error) {
	machine, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("no system call filter for this kind of machine: %w", err)
	}
	body, err := policy(machine).Assemble()
	if err != nil {
		return nil, fmt.Errorf("assembling the system call filter: %w", err)
	}
	return encode(append(prelude(machine), body...))
}

// policy turns the rules into the library's form. Old system calls that a
// machine never had are left out; a test proves that no name is misspelt.
func policy(machine *arch.Info) *seccomp.Policy {
	p := &seccomp.Policy{DefaultAction: seccomp.ActionAllow}
	for _, r := range rules() {
		group := seccomp.SyscallGroup{Action: seccomp.ActionErrno | seccomp.Action(r.errno)}
		for _, name := range r.names {
			switch _, known := machine.SyscallNames[name]; {
			case !known:
			case r.when == nil:
				group.Names = append(group.Names, name)
			default:
				group.NamesWithCondtions = append(group.NamesWithCondtions, seccomp.NameWithConditions{Name: name, Conditions: r.when})
			}
		}
		p.Syscalls = append(p.Syscalls, group)
	}
	return p
}

// Offsets in struct seccomp_data on a little-endian machine.
const (
	offNumber  = 0
	offMachine = 4
	offArg1Low = 16 + 8
)

// prelude stands before the library's part, which lets calls of a foreign
// machine type pass: 32-bit and x32 numbers would slip by every rule.
func prelude(machine *arch.Info) []bpf.Instruction {
	kill := bpf.RetConstant{Val: uint32(seccomp.ActionKillProcess)}
	deny := func(e unix.Errno) bpf.Instruction {
		return bpf.RetConstant{Val: uint32(seccomp.ActionErrno) | uint32(e)}
	}
	in := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offMachine, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(machine.ID), SkipTrue: 1},
		kill,
		bpf.LoadAbsolute{Off: offNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(arch.X32.SeccompMask), SkipTrue: 1},
		kill,
		// Calls younger than the table are unknown to the rules; libc falls back from them.
		bpf.JumpIf{Cond: bpf.JumpLessOrEqual, Val: newest(machine), SkipTrue: 1},
		deny(unix.ENOSYS),
	}
	ioctls := forbiddenIoctls()
	in = append(in,
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(machine.SyscallNames["ioctl"]), SkipTrue: uint8(2*len(ioctls) + 1)},
		bpf.LoadAbsolute{Off: offArg1Low, Size: 4})
	for _, number := range ioctls {
		in = append(in, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: 1}, deny(unix.EPERM))
	}
	return in
}

func newest(machine *arch.Info) uint32 {
	highest := 0
	for number := range machine.SyscallNumbers {
		highest = max(highest, number)
	}
	return uint32(highest)
}
