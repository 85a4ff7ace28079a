#include <string>
#include <vector>

namespace text {

constexpr int kWidth = 80;

using Lines = std::vector<std::string>;

template <typename T>
T clamp(T value, T low, T high) {
  return value < low ? low : value > high ? high : value;
}

// Breaks text into lines.
class Wrapper {
 public:
  explicit Wrapper(int width) : width_(width) {}
  Lines wrap(const std::string& input) const;
  int& width() { return width_; }

 private:
  int width_ = kWidth;
};

Lines Wrapper::wrap(const std::string& input) const {
  return {input};
}

template <typename T>
struct Box {
  T value;
  bool operator<(const Box& other) const { return value < other.value; }
};

enum class Align { Left, Right };

}  // namespace text

int main() {
  text::Wrapper wrapper(40);
  return 0;
}
