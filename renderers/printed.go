package renderers

import (
	"bytes"
	"os"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// maxPrinted bounds a picture on standard output, in bytes.
const maxPrinted = 16 << 20

// keepPrinted writes a picture that a program printed into its working folder.
func keepPrinted(root *os.Root, result sandbox.Result) error {
	name := printedName(result.Stdout)
	if name == "" || result.Truncated {
		return nil
	}
	// Whatever the program left under this name is not what it printed.
	_ = root.RemoveAll(name)
	if err := root.WriteFile(name, bytes.TrimLeft(result.Stdout, " \t\r\n"), 0o600); err != nil {
		return fault.Wrap(err, fault.Sandbox, "keeping the printed picture")
	}
	return nil
}

// printedName is the file for what stands on standard output, or nothing.
func printedName(out []byte) string {
	head := bytes.TrimSpace(out[:min(len(out), 2048)])
	switch {
	case bytes.HasPrefix(head, []byte("<svg")), bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")):
		return "printed.svg"
	case len(head) > 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' && (head[2] == '\n' || head[2] == ' '):
		return "printed.ppm"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n")):
		return "printed.png"
	}
	return ""
}
