package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"viscoder/engine/llama"
	"viscoder/gguf"
	"viscoder/internal/testweights"
	"viscoder/internal/tinymodel"
	"viscoder/renderers/sandbox"
)

// TestMain lets scripts start the real program: this binary under its name.
func TestMain(m *testing.M) {
	sandbox.Main()
	testscript.Main(m, map[string]func(){"viscoder": main, "deaf": deaf})
}

// TestScripts runs testdata/script; UPDATE_SCRIPTS=1 rewrites the golden texts.
// Each script has folders of its own. Those that draw take the weights and the
// toolchains that `make deps` has set up: their path is in $REAL_DATA.
func TestScripts(t *testing.T) {
	hub := fakeHub(t)
	realData := filepath.Dir(filepath.Dir(filepath.Dir(testweights.Small(t))))
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			for key, folder := range map[string]string{"HOME": "home", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"} {
				env.Setenv(key, filepath.Join(env.WorkDir, folder))
			}
			env.Setenv("REAL_DATA", realData)
			env.Setenv("HF_ENDPOINT", hub)
			env.Setenv("SOURCE_DATE_EPOCH", "1700000000")
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "ours" {
				return llama.KernelISA() != "", nil
			}
			return false, errors.New("unknown condition")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"json":      jsonField,
			"tinymodel": tinyModel,
		},
	})
}

// exits runs a command and wants its exit code: exits 2 viscoder --rounds x
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// jsonField wants that stdout is one JSON document whose field, a path like
// rounds.0.error, has a value: json status ok. Without a value the field only
// has to exist; with ! it must not.
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	var document any
	ts.Check(decoder.Decode(&document))
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("stdout holds more than one JSON document")
	}
	value, found := field(document, strings.Split(args[0], "."))
	switch text, _ := json.Marshal(value); {
	case found == neg:
		ts.Fatalf("field %s found: %v", args[0], found)
	case len(args) > 1 && strings.Trim(string(text), `"`) != args[1]:
		ts.Fatalf("%s is %s, want %s", args[0], text, args[1])
	}
}

func field(document any, path []string) (any, bool) {
	for _, key := range path {
		switch at := document.(type) {
		case map[string]any:
			value, ok := at[key]
			if !ok {
				return nil, false
			}
			document = value
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(at) {
				return nil, false
			}
			document = at[i]
		default:
			return nil, false
		}
	}
	return document, true
}

// tinyModel writes a model that loads but knows nothing: tinymodel FILE [wide],
// with wide one whose weights are worth keeping packed.
func tinyModel(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	o := tinymodel.Options{}
	if len(args) > 1 {
		o = tinymodel.Options{Type: gguf.Q8_0, Width: 1024, FFN: 4096, Heads: 8, KVHeads: 4}
	}
	ts.Check(tinymodel.Write(path, o))
}

// tinyModelBytes is what the fake hub serves.
func tinyModelBytes(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := tinymodel.Write(path, tinymodel.Options{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(data)
}
