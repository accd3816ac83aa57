#include <algorithm>
#include <cmath>
#include <fstream>

// A map of two hills, coloured by height in steps of a hundred metres.
int main() {
    const int width = 600, height = 420;
    const unsigned char colours[8][3] = {{60, 130, 80}, {110, 165, 95}, {160, 195, 115}, {215, 215, 140}, {220, 185, 110}, {195, 145, 85}, {165, 110, 75}, {235, 235, 235}};
    std::ofstream out("hills.ppm", std::ios::binary);
    out << "P6\n" << width << ' ' << height << "\n255\n";
    for (int j = 0; j < height; j++) {
        for (int i = 0; i < width; i++) {
            const double x = i / 100.0, y = j / 100.0;
            const double metres = 780 * std::exp(-(std::pow(x - 2, 2) + std::pow(y - 1.8, 2)) / 1.1) + 560 * std::exp(-(std::pow(x - 4.2, 2) + std::pow(y - 2.6, 2)) / 0.8);
            const int step = std::min(7, static_cast<int>(metres / 100));
            // A thin line where one step ends.
            const bool edge = std::fmod(metres, 100) < 6 && metres > 90;
            unsigned char pixel[3];
            for (int c = 0; c < 3; c++) pixel[c] = edge ? colours[step][c] / 2 : colours[step][c];
            out.write(reinterpret_cast<const char *>(pixel), 3);
        }
    }
}
