package hostile

func networkTricks() []Program {
	return []Program{
		{Name: "opens sockets of every family", Python: `
for family in range(0, 50):
    if family == socket.AF_UNIX: continue
    for kind in [1, 2, 3, 5]:
        for protocol in [0, 1, 6, 17, 262]:
            refused(f"socket({family},{kind},{protocol})", lambda: socket.socket(family, kind, protocol))
for call in [lambda: socket.create_connection(("127.0.0.1", @PORT@), 2), lambda: socket.create_connection(("::1", @PORT@), 2), lambda: socket.socketpair(socket.AF_INET)]:
    refused("connection", call)
r, e = syscall(41 if os.uname().machine == "x86_64" else 198, 2 | 1 << 32, 1, 0)
if r >= 0: escaped("junk in the upper half of the family")
if os.path.exists("/sys/class/net"): escaped("sys")
if [l.split(":")[0].strip() for l in open("/proc/net/dev").readlines()[2:]] not in ([], ["lo"]): escaped("network interfaces")
held()`},
		{Name: "reaches sockets of the host without network", Python: `
for address in ["\0@ABSTRACT@", "@SOCKET@", "/run/docker.sock", "/tmp/.X11-unix/X0", "\0/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket"]:
    s = socket.socket(socket.AF_UNIX)
    refused(repr(address), lambda: s.connect(address))
held()`},
		{Name: "uses local sockets, which it may", Python: `
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        if pool.map(abs, [-1, -2]) != [1, 2]: escaped("wrong")
    l = socket.socket(socket.AF_UNIX); l.bind("\0mine"); l.listen()
    c = socket.socket(socket.AF_UNIX); c.connect("\0mine")
    held()`},
	}
}
