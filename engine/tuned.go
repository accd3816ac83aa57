package engine

import (
	"cmp"

	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/gguf"
	"viscoder/internal/hostinfo"
)

// TuningKey is what a tuning of the file on this machine is kept under, for the
// kernels of o.
func TuningKey(f *gguf.File, o Options) tuning.Key {
	cpu := hostinfo.Read().CPU
	return tuning.Key{
		CPU: cpu.Model, Cores: cpu.PhysicalCores, Layout: f.LayoutHash(), Kernels: string(o.kernelsInUse()), NativeKey: llama.NativeKey,
	}
}

// Tuned is what `viscoder tune` has kept for the file on this machine; false if
// there is nothing, or nothing that can be believed: then defaults serve.
func Tuned(f *gguf.File, o Options) (tuning.Result, bool) {
	r, err := tuning.Load(TuningKey(f, o))
	if err != nil {
		return tuning.Result{}, false
	}
	return r, true
}

// tune fills zero fields with what is kept. Settings that were asked for win, and
// a curve holds for the threads that it was taken with.
func (o Options) tune(f *gguf.File) Options {
	r, ok := Tuned(f, o)
	if !ok || o.NoTuning {
		return o
	}
	o.Threads = cmp.Or(o.Threads, r.Threads)
	o.MicroBatch = cmp.Or(o.MicroBatch, r.MicroBatch)
	o.Attention = cmp.Or(o.Attention, r.Attention)
	if o.BatchCost == nil && o.Threads == r.Threads {
		o.BatchCost = r.Curve.ByRows()
	}
	return o
}

// Flash is llama.cpp's setting for a way of attention.
func Flash(a tuning.Attention) llama.Flash {
	switch a {
	case tuning.AttentionFlash:
		return llama.FlashOn
	case tuning.AttentionPlain:
		return llama.FlashOff
	}
	return llama.FlashAuto
}
