// Our kernels as a buffer type of ggml's CPU backend: weights which llama.cpp
// places in it are packed while they are loaded, and their products are ours.
#pragma once

namespace viscoder {

// register_kernels offers the buffer type to ggml, before its own interleaved
// one. To be called once, before the first model is loaded.
void register_kernels();

// kernels_isa names the instruction set in use: "avx512", "avxvnni", "avx2" or
// "portable"; "" where the CPU has none that beats ggml. The environment
// variable VISCODER_ISA sets it; an unknown or missing one also yields "".
const char *kernels_isa();

// While an Offer(true) lives, models which its thread loads get our kernels, and
// so does attention in graphs which it computes.
class Offer {
  public:
    explicit Offer(bool on);
    ~Offer();
    Offer(const Offer &) = delete;
    Offer &operator=(const Offer &) = delete;

  private:
    const bool before_;
};

}  // namespace viscoder
