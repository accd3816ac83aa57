#include <fstream>
#include <string>
#include <vector>

struct Bar { std::string month; int sales; std::string colour; };

int main() {
  std::vector<Bar> bars = {{"Jan", 3, "steelblue"}, {"Feb", 5, "tomato"}, {"Mar", 4, "seagreen"}};
  std::ofstream out("plot.svg");
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 480 320\"><rect width=\"480\" height=\"320\" fill=\"white\"/>\n"
      << "<text x=\"240\" y=\"35\" font-size=\"20\" text-anchor=\"middle\">C++ draws</text>\n";
  int x = 80;
  for (const Bar& b : bars) {
    out << "<rect x=\"" << x << "\" y=\"" << 270 - b.sales * 40 << "\" width=\"80\" height=\"" << b.sales * 40
        << "\" fill=\"" << b.colour << "\"/><text x=\"" << x + 25 << "\" y=\"295\" font-size=\"16\">" << b.month << "</text>\n";
    x += 120;
  }
  out << "</svg>\n";
}
