// Package aftermath looks at what a program that was kept in a sandbox has left
// on the machine.
package aftermath

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Processes lists the processes of the machine that carry mark in their
// environment, as paths in /proc.
func Processes(mark string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		if env, err := os.ReadFile(f); err == nil && bytes.Contains(env, []byte(mark)) {
			found = append(found, f)
		}
	}
	return found
}

// Tame wants that below dir are only plain files and folders, without
// set-user-id bits, that belong to the caller.
func Tame(dir string) error {
	return filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		switch {
		case err != nil:
			return err
		case !d.IsDir() && !d.Type().IsRegular():
			return fmt.Errorf("%s is left as %v", p, d.Type())
		case info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0:
			return fmt.Errorf("%s is left as %v", p, info.Mode())
		case int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid():
			return fmt.Errorf("%s is left to another user", p)
		}
		return nil
	})
}
