// Our kernels as a buffer type of ggml's CPU backend: weights which llama.cpp
// places in it are packed while they are loaded, and their products are ours.
#pragma once

namespace viscoder {

// register_kernels offers the buffer type to ggml, before its own interleaved
// one. To be called once, before the first model is loaded.
void register_kernels();

// register_lazy_memory makes large buffers of ggml's CPU backend take pages as
// they are written to, and clearing them free. To be called once, before the
// first model is loaded.
void register_lazy_memory();

// kernels_isa names the instruction set in use: "avx512", "avxvnni", "avx2" or
// "portable"; "" where the CPU has none that beats ggml. The environment
// variable VISCODER_ISA sets it; an unknown or missing one also yields "".
const char *kernels_isa();

// layout_key names the packed layout: it changes whenever the code does that
// packs, so that weights which other code has packed are not taken for its own.
const char *layout_key();

class Image;

// While an Offer(true) lives, models which its thread loads get our kernels, and
// so does attention in graphs which it computes. Weights that are loaded go to
// the image, where there is one and it takes them.
class Offer {
  public:
    explicit Offer(bool on, Image *image = nullptr);
    ~Offer();
    Offer(const Offer &) = delete;
    Offer &operator=(const Offer &) = delete;

  private:
    const bool before_;
    Image *const image_before_;
};

}  // namespace viscoder
