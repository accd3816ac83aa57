#include <fstream>
#include <string>
#include <vector>

struct Bar { std::string name; double value; };

int main() {
    const std::vector<Bar> bars = {{"Oak", 31}, {"Beech", 26}, {"Pine", 44}, {"Spruce", 52}, {"Birch", 17}};
    const int width = 700, height = 420, left = 80, bottom = 70, top = 60, step = 115;
    std::ofstream out("plot.svg");
    out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << width << ' ' << height << "' font-family='DejaVu Sans, sans-serif'>\n"
        << "<rect width='100%' height='100%' fill='white'/>\n"
        << "<text x='" << width / 2 << "' y='34' text-anchor='middle' font-size='20' font-weight='bold'>Trees of the forest</text>\n";
    const double unit = (height - top - bottom) / 60.0;
    for (int v = 0; v <= 60; v += 20) {
        const double y = height - bottom - v * unit;
        out << "<line x1='" << left << "' x2='" << width - 30 << "' y1='" << y << "' y2='" << y << "' stroke='" << (v ? "#ddd" : "#222") << "'/>"
            << "<text x='" << left - 10 << "' y='" << y + 5 << "' text-anchor='end' font-size='14'>" << v << "</text>\n";
    }
    for (size_t i = 0; i < bars.size(); i++) {
        const double x = left + 25 + step * i, h = bars[i].value * unit;
        out << "<rect x='" << x << "' y='" << height - bottom - h << "' width='70' height='" << h << "' fill='#54a24b'/>"
            << "<text x='" << x + 35 << "' y='" << height - bottom + 22 << "' text-anchor='middle' font-size='14'>" << bars[i].name << "</text>\n";
    }
    out << "<text x='" << (left + width - 30) / 2 << "' y='" << height - 14 << "' text-anchor='middle' font-size='15'>Species</text>"
        << "<text transform='translate(26 " << height / 2 << ") rotate(-90)' text-anchor='middle' font-size='15'>Trees (thousands)</text>\n</svg>\n";
}
