// Checks every instruction set this CPU has, type by type, against a reference
// that knows nothing of packing: ggml's dequantized weights times the raw
// activations, in double. Runs under the sanitizers; buffers have no slack.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "attention.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"
#include "kernels.h"
#include "matmul.h"
#include "pack.h"
#include "unpack.h"

using namespace viscoder;

namespace {

constexpr ggml_type kFileType[kTypes] = {GGML_TYPE_Q4_0, GGML_TYPE_Q5_0, GGML_TYPE_Q8_0,
                                         GGML_TYPE_Q4_K, GGML_TYPE_Q5_K, GGML_TYPE_Q6_K};
std::string g_case;  // what runs, for messages

void check(bool ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "kernels_test: %s: %s\n", g_case.c_str(), what);
    exit(1);
}

// Aligned is memory of exactly n bytes at a multiple of 64, as ggml hands it out.
struct Free {
    void operator()(void *p) const { free(p); }
};
std::unique_ptr<uint8_t, Free> aligned(size_t n) {
    void *p = nullptr;
    if (posix_memalign(&p, 64, n) != 0) abort();
    return std::unique_ptr<uint8_t, Free>(static_cast<uint8_t *>(p));
}

// Weights are a matrix as it lies in a file, and what it means.
struct Weights {
    Type type;
    int64_t rows, columns;
    std::vector<uint8_t> file;
    std::vector<float> values;
};

enum class Scales { kUsual, kZero, kDenormal, kGreatest };

Weights make_weights(Type type, int64_t rows, int64_t columns, Scales scales, int quants, std::mt19937 &random) {
    const Format &f = kFormats[type];
    Weights w{type, rows, columns, {}, std::vector<float>(static_cast<size_t>(rows * columns))};
    const size_t blocks = static_cast<size_t>(rows * columns / f.block_columns);
    w.file.resize(blocks * static_cast<size_t>(f.block_bytes));
    for (auto &b : w.file) b = static_cast<uint8_t>(quants < 0 ? random() : static_cast<unsigned>(quants));
    for (size_t b = 0; b < blocks; b++) {
        uint8_t *block = w.file.data() + b * static_cast<size_t>(f.block_bytes);
        const auto set = [&](int at) {
            uint16_t h = 0;
            if (scales == Scales::kUsual) h = static_cast<uint16_t>(0x1000 + random() % 0x1800 + (random() & 0x8000));
            if (scales == Scales::kDenormal) h = static_cast<uint16_t>(1 + random() % 0x3ff);
            if (scales == Scales::kGreatest) h = random() & 1 ? 0x7bff : 0xfbff;
            memcpy(block + at, &h, 2);
        };
        set(type == kQ6_K ? 208 : 0);
        if (type == kQ4_K || type == kQ5_K) set(2);
    }
    ggml_get_type_traits(kFileType[type])->to_float(w.file.data(), w.values.data(), rows * columns);
    return w;
}

// multiply runs a product of the first `rows` rows and `batch` activations in
// `shares` shares; out is [batch][rows].
std::vector<float> multiply(const Isa &isa, const Weights &w, int64_t rows, const std::vector<float> &x, int64_t batch,
                            int shares = 1) {
    const auto packed = aligned(packed_bytes(kFormats[w.type], rows, w.columns));
    pack_groups(w.type, w.file.data(), rows, w.columns, 0, groups_of(rows), packed.get());
    const std::unique_ptr<uint8_t[]> work(new uint8_t[Matmul::work_bytes(w.type, w.columns, batch)]);
    std::vector<float> in(x.begin(), x.begin() + static_cast<ptrdiff_t>(batch * w.columns));
    std::vector<float> out(static_cast<size_t>(batch * rows), -12345.0f);
    const auto as_rows = [&](std::vector<float> &v, int64_t columns) {
        const size_t stride = static_cast<size_t>(columns) * sizeof(float);
        return Rows{reinterpret_cast<char *>(v.data()), batch, 1, stride, 0, 0};
    };
    const Matmul m(isa, w.type, packed.get(), rows, w.columns, as_rows(in, w.columns), as_rows(out, rows), batch,
                   work.get());
    for (int i = 0; i < shares; i++) m.quantize(i, shares);
    for (int i = 0; i < shares; i++) m.multiply(m.groups() * i / shares, m.groups() * (i + 1) / shares);
    return out;
}

bool same_bits(float a, float b) { return memcmp(&a, &b, sizeof a) == 0; }

// compare checks out against the reference. The error of an output may be, for
// each column, `steps` quantization steps of its block of activations times the
// weight's size, and a share `rounding` of the sum of the products' sizes.
void compare(const Weights &w, const std::vector<float> &x, int64_t batch, const std::vector<float> &out, double steps,
             double rounding) {
    const int64_t block = kFormats[w.type].block_columns;  // activations have the weights' blocks
    for (int64_t n = 0; n < batch; n++) {
        const float *row = x.data() + n * w.columns;
        std::vector<double> step(static_cast<size_t>(w.columns));
        for (int64_t k = 0; k < w.columns; k += block) {
            double most = 0;
            for (int64_t i = k; i < k + block; i++) most = std::fmax(most, std::fabs(row[i]));
            for (int64_t i = k; i < k + block; i++) step[static_cast<size_t>(i)] = most / 127;
        }
        for (int64_t r = 0; r < w.rows; r++) {
            const float *weight = w.values.data() + r * w.columns;
            double sum = 0, allowed = 1e-30;
            for (int64_t k = 0; k < w.columns; k++) {
                const double size = std::fabs(weight[k]);
                sum += static_cast<double>(weight[k]) * row[k];
                // Partial sums also hold the offsets of the quants: a block's step counts.
                allowed +=
                    size * (steps * step[static_cast<size_t>(k)] + 1e-30) +
                    rounding * (size + std::fabs(weight[0])) * (std::fabs(row[k]) + step[static_cast<size_t>(k)]);
            }
            const double error = std::fabs(out[static_cast<size_t>(n * w.rows + r)] - sum);
            if (!(error <= allowed)) {
                fprintf(stderr, "row %d of %d, activation row %d: got %g, want %g, error %g, allowed %g\n",
                        static_cast<int>(r), static_cast<int>(w.rows), static_cast<int>(n),
                        static_cast<double>(out[static_cast<size_t>(n * w.rows + r)]), sum, error, allowed);
                check(false, "an output is wrong");
            }
        }
    }
}

// integers are activations that int8 holds exactly: small numbers, and ±127 in
// each 32 columns, times a power of two for each 256.
std::vector<float> integers(int64_t batch, int64_t columns, std::mt19937 &random) {
    std::vector<float> x(static_cast<size_t>(batch * columns));
    float scale = 1;
    for (size_t i = 0; i < x.size(); i++) {
        if (i % static_cast<size_t>(columns) % 256 == 0) scale = std::ldexp(1.0f, static_cast<int>(random() % 12) - 6);
        const int v = static_cast<int>(random() % 71) - 35;
        x[i] = scale * static_cast<float>(i % 32 == 7 ? (random() & 1 ? 127 : -127) : v);
    }
    return x;
}

std::vector<float> normals(int64_t batch, int64_t columns, std::mt19937 &random) {
    std::normal_distribution<float> normal;
    std::vector<float> x(static_cast<size_t>(batch * columns));
    for (auto &v : x) v = normal(random);
    return x;
}

void name_case(const Isa &isa, Type type, int64_t columns, const char *what) {
    g_case = std::string(isa.name) + " " + kFormats[type].name + " columns=" + std::to_string(columns) + " " + what;
}

// Every number of columns: exact activations within float rounding, others
// within half a step of each quant.
void test_columns(const Isa &isa, Type type) {
    std::mt19937 random(1);
    std::vector<int64_t> sizes = {256, 512, 768, 1536, 4864, 8960};
    if (kFormats[type].block_columns == 32) sizes = {32, 64, 96, 128, 160, 256, 288, 576, 896, 4864};
    for (int64_t columns : sizes) {
        const Weights w = make_weights(type, 19, columns, Scales::kUsual, -1, random);
        name_case(isa, type, columns, "exact activations");
        auto x = integers(5, columns, random);
        compare(w, x, 5, multiply(isa, w, 19, x, 5), 0, 1e-5);
        name_case(isa, type, columns, "normal activations");
        x = normals(5, columns, random);
        compare(w, x, 5, multiply(isa, w, 19, x, 5), 0.502, 1e-5);
    }
}

// Rows 1…33 and batches 1…33, and shares of the work: an output does not depend
// on what else is computed, to the last bit.
void test_tails(const Isa &isa, Type type) {
    std::mt19937 random(2);
    const int64_t columns = kFormats[type].block_columns == 32 ? 96 : 512, most = 33;
    const Weights w = make_weights(type, most, columns, Scales::kUsual, -1, random);
    const auto x = normals(most, columns, random);
    name_case(isa, type, columns, "all rows");
    const auto all = multiply(isa, w, most, x, most);
    compare(w, x, most, all, 0.502, 1e-5);
    const auto part = [&](int64_t rows, int64_t batch, int shares) {
        const auto out = multiply(isa, w, rows, x, batch, shares);
        for (int64_t n = 0; n < batch; n++) {
            for (int64_t r = 0; r < rows; r++) {
                check(same_bits(out[static_cast<size_t>(n * rows + r)], all[static_cast<size_t>(n * most + r)]),
                      "an output depends on the shape of the product");
            }
        }
    };
    for (int64_t rows = 1; rows <= most; rows++) {
        for (int64_t batch : {1, 2, 17, 33}) {
            name_case(isa, type, columns, ("rows=" + std::to_string(rows) + " batch=" + std::to_string(batch)).c_str());
            part(rows, batch, 1);
        }
    }
    for (int64_t batch = 1; batch <= most; batch++) {
        name_case(isa, type, columns, ("batch=" + std::to_string(batch)).c_str());
        part(most, batch, 1 + static_cast<int>(batch % 4));
    }
}

// Extreme weights and activations stay within their bounds.
void test_extremes(const Isa &isa, Type type) {
    std::mt19937 random(3);
    const int64_t columns = kFormats[type].block_columns == 32 ? 96 : 512;
    std::vector<std::vector<float>> xs;
    const auto fill = [&](auto value) {
        std::vector<float> x(static_cast<size_t>(3 * columns));
        for (size_t i = 0; i < x.size(); i++) x[i] = value(i);
        xs.push_back(x);
    };
    fill([](size_t) { return 0.0f; });
    fill([](size_t) { return 1.0f; });
    fill([](size_t) { return -1.0f; });
    fill([](size_t i) { return i & 1 ? 1.0f : -1.0f; });
    fill([](size_t i) { return i & 16 ? 3e20f : -3e20f; });
    fill([](size_t i) { return i & 1 ? 1e-40f : -1e-42f; });
    fill([](size_t i) { return i % 100 == 0 ? 1e4f : 1e-3f; });
    fill([](size_t i) { return i & 256 ? 1e-38f : 1e10f; });
    for (Scales scales : {Scales::kUsual, Scales::kZero, Scales::kDenormal, Scales::kGreatest}) {
        for (int quants : {-1, 0x00, 0xff, 0x80, 0x7f}) {
            const Weights w = make_weights(type, 17, columns, scales, quants, random);
            for (size_t i = 0; i < xs.size(); i++) {
                name_case(isa, type, columns,
                          ("scales=" + std::to_string(static_cast<int>(scales)) + " quants=" + std::to_string(quants) +
                           " activations=" + std::to_string(i))
                              .c_str());
                // Quants all of one sign or size take a scale of up to 4 times the usual one.
                compare(w, xs[i], 3, multiply(isa, w, 17, xs[i], 3), 2.1, 2e-5);
            }
        }
    }
}

// A NaN or an infinity makes its own row of outputs NaN, and changes no other.
void test_not_finite(const Isa &isa, Type type) {
    std::mt19937 random(4);
    const int64_t columns = kFormats[type].block_columns == 32 ? 96 : 512, batch = 5;
    const Weights w = make_weights(type, 17, columns, Scales::kUsual, -1, random);
    const auto x = normals(batch, columns, random);
    const auto clean = multiply(isa, w, 17, x, batch);
    for (float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
        name_case(isa, type, columns, ("with " + std::to_string(bad)).c_str());
        auto spoiled = x;
        spoiled[static_cast<size_t>(2 * columns + 77)] = bad;
        const auto out = multiply(isa, w, 17, spoiled, batch);
        for (size_t i = 0; i < out.size(); i++) {
            if (i / 17 == 2) {
                check(std::isnan(out[i]), "an output of a row with NaN is a number");
            } else {
                check(same_bits(out[i], clean[i]), "NaN in one row changed another");
            }
        }
    }
}

// AttentionCase is one attention with its operands laid out as ggml's are.
struct AttentionCase {
    int64_t rows, positions;
    int heads, kv_heads, dk, dv;
    std::vector<float> q;           // [head][row][dk]
    std::vector<ggml_fp16_t> k, v;  // [position][kv head][dk or dv]
    std::vector<ggml_fp16_t> mask;  // [row][position], or empty

    AttentionCase(int64_t n, int64_t p, int h, int kv, int key, int value, std::mt19937 &random)
        : rows(n), positions(p), heads(h), kv_heads(kv), dk(key), dv(value) {
        std::normal_distribution<float> normal;
        const auto fill = [&](std::vector<ggml_fp16_t> &to, int64_t count) {
            for (int64_t i = 0; i < count; i++) to.push_back(ggml_fp32_to_fp16(normal(random)));
        };
        for (int64_t i = 0; i < n * h * key; i++) q.push_back(normal(random));
        fill(k, p * kv * key);
        fill(v, p * kv * value);
    }

    // causal lets row n see the positions up to `positions - rows + n`.
    void causal() {
        const ggml_fp16_t none = ggml_fp32_to_fp16(-INFINITY), all = ggml_fp32_to_fp16(0);
        for (int64_t n = 0; n < rows; n++) {
            for (int64_t p = 0; p < positions; p++) mask.push_back(p <= positions - rows + n ? all : none);
        }
    }

    std::vector<float> run(const Isa &isa, int threads) {
        std::vector<float> out(static_cast<size_t>(rows * heads * dv), -12345.0f);
        AttentionArgs a = {};
        a.q = reinterpret_cast<const char *>(q.data());
        a.q_row = sizeof(float) * static_cast<size_t>(dk);
        a.q_head = a.q_row * static_cast<size_t>(rows);
        a.k = reinterpret_cast<const char *>(k.data());
        a.k_head = 2 * static_cast<size_t>(dk);
        a.k_position = a.k_head * static_cast<size_t>(kv_heads);
        a.v = reinterpret_cast<const char *>(v.data());
        a.v_head = 2 * static_cast<size_t>(dv);
        a.v_position = a.v_head * static_cast<size_t>(kv_heads);
        a.mask = mask.empty() ? nullptr : reinterpret_cast<const char *>(mask.data());
        a.mask_row = 2 * static_cast<size_t>(positions);
        a.out = out.data();
        a.rows = rows;
        a.heads = heads;
        a.kv_heads = kv_heads;
        a.positions = positions;
        a.dk = dk;
        a.dv = dv;
        a.scale = 1 / std::sqrt(static_cast<float>(dk));
        const size_t bytes = Attention(isa, a, threads, nullptr).work_bytes();
        const std::unique_ptr<uint8_t[]> work(new uint8_t[bytes]);
        const Attention attention(isa, a, threads, work.get());
        for (int64_t i = 0; i < attention.units(); i++) attention.unit(i, static_cast<int>(i % threads));
        for (int i = 0; i < threads && attention.needs_reduce(); i++) attention.reduce(i, threads);
        return out;
    }

    // want is output d of a row and head, in double.
    std::vector<double> want(int64_t row, int head) const {
        const int kv = head / (heads / kv_heads);
        std::vector<double> out(static_cast<size_t>(dv)), score(static_cast<size_t>(positions));
        double most = -INFINITY, sum = 0;
        for (int64_t p = 0; p < positions; p++) {
            double dot = 0;
            for (int d = 0; d < dk; d++) {
                dot += static_cast<double>(q[static_cast<size_t>((head * rows + row) * dk + d)]) *
                       ggml_fp16_to_fp32(k[static_cast<size_t>((p * kv_heads + kv) * dk + d)]);
            }
            const double masked = mask.empty() ? 0 : ggml_fp16_to_fp32(mask[static_cast<size_t>(row * positions + p)]);
            score[static_cast<size_t>(p)] = dot / std::sqrt(static_cast<double>(dk)) + masked;
            most = std::fmax(most, score[static_cast<size_t>(p)]);
        }
        for (int64_t p = 0; p < positions && most > -INFINITY; p++) {
            const double weight = std::exp(score[static_cast<size_t>(p)] - most);
            sum += weight;
            for (int d = 0; d < dv; d++) {
                out[static_cast<size_t>(d)] +=
                    weight * ggml_fp16_to_fp32(v[static_cast<size_t>((p * kv_heads + kv) * dv + d)]);
            }
        }
        for (double &o : out) o = sum > 0 ? o / sum : 0;
        return out;
    }

    // check compares within float rounding: weights are right to 1e-6, values are about 1.
    void check_against(const std::vector<float> &out) const {
        for (int64_t n = 0; n < rows; n++) {
            for (int h = 0; h < heads; h++) {
                const auto expected = want(n, h);
                for (int d = 0; d < dv; d++) {
                    const double got = static_cast<double>(out[static_cast<size_t>((n * heads + h) * dv + d)]);
                    check(std::fabs(got - expected[static_cast<size_t>(d)]) < 1e-5, "an attention output is wrong");
                }
            }
        }
    }
};

// Attention over numbers of rows, positions, heads, widths and threads.
void test_attention(const Isa &isa) {
    std::mt19937 random(5);
    const auto run = [&](int64_t rows, int64_t positions, int heads, int kv_heads, int dk, int dv, int threads) {
        AttentionCase c(rows, positions, heads, kv_heads, dk, dv, random);
        g_case = std::string(isa.name) + " attention rows=" + std::to_string(rows) +
                 " positions=" + std::to_string(positions) + " dk=" + std::to_string(dk) +
                 " threads=" + std::to_string(threads);
        c.check_against(c.run(isa, threads));
        if (positions < rows) return;
        c.causal();
        c.check_against(c.run(isa, threads));
    };
    for (int64_t positions = 1; positions <= 67; positions++) run(1 + positions % 5, positions, 6, 2, 16, 16, 1);
    for (int64_t rows : {1, 2, 9, 10, 33}) run(rows, 200, 14, 2, 64, 64, 2);
    for (int threads : {1, 2, 3, 8}) run(1, 300, 12, 2, 128, 128, threads);
    run(4, 96, 3, 3, 48, 80, 3);

    // Large scores must not overflow, a row that sees nothing is 0, and NaN stays in its row and head.
    AttentionCase c(3, 80, 2, 1, 32, 32, random);
    g_case = std::string(isa.name) + " attention extremes";
    for (float &x : c.q) x *= 300;
    c.causal();
    c.check_against(c.run(isa, 2));
    for (int64_t p = 0; p < 80; p++) c.mask[static_cast<size_t>(80 + p)] = ggml_fp32_to_fp16(-INFINITY);
    c.check_against(c.run(isa, 2));
    const auto clean = c.run(isa, 2);
    c.q[0] = NAN;  // row 0 of head 0
    const auto spoiled = c.run(isa, 2);
    for (size_t i = 0; i < clean.size(); i++) {
        check(i < 32 ? std::isnan(spoiled[i]) : same_bits(clean[i], spoiled[i]), "NaN in a query");
    }
}

}  // namespace

// Packed rows unpack to the very floats of ggml, packed by parts too.
void test_unpack(Type type) {
    std::mt19937 random(11);
    const Format &f = kFormats[type];
    for (Scales scales : {Scales::kUsual, Scales::kZero, Scales::kDenormal, Scales::kGreatest}) {
        for (int64_t rows : {1, 16, 37}) {
            g_case = std::string("unpack ") + f.name + ", rows " + std::to_string(rows);
            const int64_t columns = 3 * f.block_columns;  // no multiple of a step of two blocks
            const Weights w = make_weights(type, rows, columns, scales, -1, random);
            const auto packed = aligned(packed_bytes(f, rows, columns));
            for (int64_t g = 0; g < groups_of(rows); g++) {
                const int64_t before = g * kGroupRows;
                pack_groups(type, w.file.data() + file_bytes(f, before, columns), rows - before, columns, 0, 1,
                            packed.get() + static_cast<size_t>(g) * group_bytes(f, columns));
            }
            for (int64_t row = 0; row < rows; row++) {
                std::vector<float> out(static_cast<size_t>(columns));
                unpack_row(type, packed.get(), columns, row, out.data());
                check(memcmp(out.data(), w.values.data() + row * columns, out.size() * sizeof(float)) == 0,
                      "a row differs from ggml's");
            }
        }
    }
}

// A large buffer of ggml's CPU backend is zero at first, and holds what it is
// cleared to.
void test_lazy_memory() {
    g_case = "lazy memory";
    register_lazy_memory();
    register_lazy_memory();
    for (size_t bytes : {size_t{1000}, (size_t{4} << 20) - 1, (size_t{8} << 20) + 1}) {
        ggml_backend_buffer_t buffer = ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), bytes);
        check(buffer && ggml_backend_buffer_is_host(buffer), "an ordinary buffer");
        check(ggml_backend_buffer_get_type(buffer) == ggml_backend_cpu_buffer_type(), "its type");
        auto *base = static_cast<uint8_t *>(ggml_backend_buffer_get_base(buffer));
        for (uint8_t value : {0, 7, 0}) {
            memset(base, 99, bytes);
            ggml_backend_buffer_clear(buffer, value);
            for (size_t i = 0; i < bytes; i++) check(base[i] == value, "a byte after clearing");
        }
        ggml_backend_buffer_free(buffer);
    }
}

int main() {
    test_lazy_memory();
    for (int type = 0; type < kTypes; type++) test_unpack(static_cast<Type>(type));
    int sets = 0;
    for (const char *name : {"portable", "avx2", "avxvnni", "avx512"}) {
        const Isa *isa = isa_by_name(name);
        if (!isa) continue;
        sets++;
        for (int type = 0; type < kTypes; type++) {
            test_columns(*isa, static_cast<Type>(type));
            test_tails(*isa, static_cast<Type>(type));
            test_extremes(*isa, static_cast<Type>(type));
            test_not_finite(*isa, static_cast<Type>(type));
        }
        test_attention(*isa);
        printf("kernels_test: %s\n", name);
    }
    check(sets > 0 && !isa_by_name("none"), "instruction sets by name");
    puts("kernels_test: passed");
    return 0;
}
