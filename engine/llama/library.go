//go:build cgo

package llama

/*
#cgo LDFLAGS: -L${SRCDIR}/../../.deps/ours -L${SRCDIR}/../../.deps/kernels -L${SRCDIR}/../../.deps/lib -lviscoder_shim -lviscoder_kernels -lllama -lggml -lggml-cpu -lggml-base -l:libstdc++.a -lm -lpthread
#include <stdlib.h>
#include "shim.h"
#if __has_include("native_key.h")
#include "native_key.h"
#else
#define NATIVE_KEY "not built"
#endif

extern void viscoderLog(int level, char * text);
extern int viscoderProgress(float share, uintptr_t user);
*/
import "C"

import (
	"context"
	"log/slog"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"
)

// NativeKey is the hash of the native archives this package was compiled
// against. Go relinks and reruns tests when it changes; reports print it so
// that every figure names its native build.
const NativeKey = C.NATIVE_KEY

// llama.cpp has one log for the process, so its sink is a variable of the process.
var (
	logger   atomic.Pointer[slog.Logger]
	logLine  logBuffer
	firstErr atomic.Pointer[string] // the first line of level error since a load began
	start    sync.Once
)

// Start initialises llama.cpp once and sends its log to log from now on (nil
// drops it). Load calls for it.
func Start(log *slog.Logger) {
	logger.Store(log)
	start.Do(func() { C.vc_init(C.vc_log_fn(C.viscoderLog)) })
}

// Version is llama.cpp's own version.
func Version() string { return C.GoString(C.vc_version()) }

// SystemInfo lists the CPU features llama.cpp was compiled for.
func SystemInfo() string { return C.GoString(C.vc_system_info()) }

// KernelISA names the instruction set of our kernels: "avx512", "avxvnni",
// "avx2" or "portable"; "" where ggml's serve this CPU better, or where
// VISCODER_ISA names one that it lacks.
func KernelISA() string { return C.GoString(C.vc_kernels_isa()) }

// logBuffer joins the pieces in which llama.cpp writes a line.
type logBuffer struct {
	mu    sync.Mutex
	level int
	text  strings.Builder
}

const logContinues = 5 // GGML_LOG_LEVEL_CONT

func (b *logBuffer) add(level int, text string) (line string, lineLevel int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if level != logContinues {
		b.level = level
	}
	b.text.WriteString(text)
	if !strings.HasSuffix(text, "\n") {
		return "", 0, false
	}
	line = strings.TrimSpace(b.text.String())
	b.text.Reset()
	return line, b.level, line != ""
}

// slogLevel maps ggml's levels; its info is our debug, because it tells of
// tensors and buffers.
func slogLevel(level int) slog.Level {
	switch level {
	case 3:
		return slog.LevelWarn
	case 4:
		return slog.LevelError
	}
	return slog.LevelDebug
}

//export viscoderLog
func viscoderLog(level C.int, text *C.char) {
	line, lineLevel, ok := logLine.add(int(level), C.GoString(text))
	if ok && slogLevel(lineLevel) == slog.LevelError {
		firstErr.CompareAndSwap(nil, &line)
	}
	if log := logger.Load(); ok && log != nil {
		log.Log(context.Background(), slogLevel(lineLevel), line, "from", "llama.cpp")
	}
}

//export viscoderProgress
func viscoderProgress(share C.float, user C.uintptr_t) (goOn C.int) {
	// A panic must not unwind through C++ frames.
	defer func() {
		if recover() != nil {
			goOn = 0
		}
	}()
	options, _ := cgo.Handle(user).Value().(*LoadOptions)
	if options.Progress(float32(share)) {
		return 1
	}
	return 0
}
