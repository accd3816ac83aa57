package sandbox

import (
	"os"
	"strings"

	"viscoder/internal/fault"
)

func missingBubblewrap() error {
	return fault.New(fault.Sandbox, "bubblewrap is not installed, so generated code cannot be kept in a sandbox").
		WithHint("Install it: `apt-get install bubblewrap` (Fedora: `dnf install bubblewrap`, Arch: `pacman -S bubblewrap`).")
}

// Hints for the causes that are known from the field.
const (
	hintAppArmor = "AppArmor keeps user namespaces from programs it does not know. Install the profile that comes with it: " +
		"`sudo apt-get install apparmor-profiles && sudo ln -sf /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && " +
		"sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict`. " +
		"For all programs, until the next start of the machine: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`."
	hintUserns    = "User namespaces are switched off. Allow them: `sudo sysctl kernel.unprivileged_userns_clone=1` and `sudo sysctl user.max_user_namespaces=15000`."
	hintContainer = "This looks like a container that may not make namespaces. Start it with " +
		"`--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined --cap-add SYS_ADMIN`, " +
		"or run viscoder outside of it. In a container that holds nothing of value, --unsafe-no-sandbox runs without a sandbox."
	hintUnknown = "Run `viscoder doctor` for details, and `bwrap --ro-bind / / --unshare-all true` to see bubblewrap fail by itself."
)

// explain turns a box that did not start into an error with a remedy; said is
// what bubblewrap wrote.
func explain(said string, exit int) error {
	if said == "" {
		said = "it said nothing"
	}
	return fault.New(fault.Sandbox, "the sandbox does not start (bubblewrap, exit code %d): %s", exit, said).
		WithHint("%s", remedy(said, setting))
}

// remedy chooses the hint by what bubblewrap said and by the machine's
// settings; read returns a setting's value, or "" when the kernel has none.
func remedy(said string, read func(path string) string) string {
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(said, p) {
				return true
			}
		}
		return false
	}
	switch {
	case read("/proc/sys/user/max_user_namespaces") == "0", read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
		return hintUserns
	case read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && has("uid map", "RTM_NEWADDR", "Permission denied", "Operation not permitted"):
		return hintAppArmor
	case has("Can't mount proc", "Failed to make / slave", "pivot_root", "No permissions to create", "Creating new namespace failed", "Operation not permitted"):
		return hintContainer
	}
	return hintUnknown
}

func setting(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
