// Package place says where viscoder keeps things, after the XDG base directory
// specification: models and toolchains under data, rebuildable things under
// cache, runs under state. Folders are made on first use, private to the user.
package place

import (
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// Models is the folder of pulled weights.
func Models() string { return filepath.Join(data(), "models") }

// Toolchains is the folder of managed toolchains, such as the Python environment.
func Toolchains() string { return filepath.Join(data(), "toolchains") }

// Runs is the folder in which every run leaves a folder of its own.
func Runs() string { return filepath.Join(state(), "runs") }

// Cache is the folder of things that can be made again.
func Cache() string { xdg.Reload(); return filepath.Join(xdg.CacheHome, "viscoder") }

func data() string  { xdg.Reload(); return filepath.Join(xdg.DataHome, "viscoder") }
func state() string { xdg.Reload(); return filepath.Join(xdg.StateHome, "viscoder") }

// Make creates dir and its parents, private to the user, and returns it.
func Make(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return dir, nil
}
