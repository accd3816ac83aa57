package sandbox

import (
	"bytes"
	"encoding/binary"
	"fmt"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// reach is a system call by which a process may act on others of its user.
type reach struct {
	why    string
	names  []string
	arg    int      // that is compared, in the 32 bits which the kernel reads
	values []uint32 // denied; none: the call is denied whatever its arguments
	only   bool     // values are those allowed, all others denied
}

// reaches lists what a program is denied so that a process of the same user
// stays out of its hands: the process pid, alone in its group and session and
// with one thread.
func reaches(pid uint32) []reach {
	target := []uint32{pid}
	return []reach{
		{why: "signals, also to its group and to everybody", names: []string{"kill"}, values: []uint32{pid, -pid, ^uint32(0)}},
		{why: "signals", names: []string{"tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}, values: target},
		{why: "signals by thread; libc uses tgkill", names: []string{"tkill"}},
		{why: "signals by descriptor, which a folder of /proc is too", names: []string{"pidfd_send_signal"}},
		{why: "a descriptor of it", names: []string{"pidfd_open"}, values: target},
		{why: "its limits", names: []string{"prlimit64"}, values: target},
		{why: "its turn on the processors", names: []string{"sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"}, values: target},
		{why: "its memory's place", names: []string{"move_pages", "migrate_pages"}, values: target},
		{why: "priority of groups and users", names: []string{"setpriority"}, values: []uint32{0}, only: true},
		{why: "its priority", names: []string{"setpriority", "ioprio_set"}, arg: 1, values: target},
		{why: "disk priority of groups and users", names: []string{"ioprio_set"}, values: []uint32{1}, only: true},
		{why: "signals when a file is ready, of any number to any process", names: []string{"fcntl"}, arg: 1,
			values: []uint32{unix.F_SETOWN, unix.F_SETOWN_EX, unix.F_SETSIG}},
		{why: "the same", names: []string{"ioctl"}, arg: 1, values: []uint32{0x8901, 0x8902}}, // FIOSETOWN, SIOCSPGRP
	}
}

// KeepAway returns a system call filter, struct sock_filter[], that a process
// lays on itself before it runs what nobody has read: it keeps the process pid
// of the same user out of reach. It comes on top of the box's own.
func KeepAway(pid int) ([]byte, error) {
	machine, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("no system call filter for this kind of machine: %w", err)
	}
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offMachine, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(machine.ID), SkipTrue: 1},
		bpf.RetConstant{Val: uint32(seccomp.ActionKillProcess)},
		bpf.LoadAbsolute{Off: offNumber, Size: 4},
	}
	for _, r := range reaches(uint32(pid)) {
		for _, name := range r.names {
			if number, known := machine.SyscallNames[name]; known {
				program = append(program, r.rule(uint32(number))...)
			}
		}
	}
	return encode(append(program, bpf.RetConstant{Val: uint32(seccomp.ActionAllow)}))
}

// rule denies one system call, whose number is loaded, and leaves it loaded.
func (r reach) rule(number uint32) []bpf.Instruction {
	deny := bpf.RetConstant{Val: uint32(seccomp.ActionErrno) | uint32(unix.EPERM)}
	body := []bpf.Instruction{deny}
	if len(r.values) > 0 {
		body = []bpf.Instruction{bpf.LoadAbsolute{Off: uint32(16 + 8*r.arg), Size: 4}}
		for _, v := range r.values {
			cond := bpf.JumpNotEqual
			if r.only {
				cond = bpf.JumpEqual
			}
			body = append(body, bpf.JumpIf{Cond: cond, Val: v, SkipTrue: 1}, deny)
		}
		body = append(body, bpf.LoadAbsolute{Off: offNumber, Size: 4})
	}
	return append([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: uint8(len(body))}}, body...)
}

// encode is a program as the kernel takes it.
func encode(program []bpf.Instruction) ([]byte, error) {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return nil, fmt.Errorf("assembling the system call filter: %w", err)
	}
	var out bytes.Buffer
	for _, in := range raw {
		if err := binary.Write(&out, binary.NativeEndian, unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
