#include <cmath>
#include <vector>

namespace geometry {

constexpr double PI = 3.14159;

/// Anything with an area.
class Shape {
public:
    Shape(std::string name) : name_(std::move(name)) {}
    virtual ~Shape() = default;
    virtual double area() const = 0;
    const std::string &name() const { return name_; }
    bool operator==(const Shape &other) const { return area() == other.area(); }

private:
    std::string name_;
};

struct Circle : public Shape {
    double radius;
    double area() const override;
};

template <typename T>
class Grid {
public:
    T &at(int row, int column) { return cells_[row * width_ + column]; }

private:
    std::vector<T> cells_;
    int width_;
};

// Pi times the radius squared.
double Circle::area() const {
    return PI * std::pow(radius, 2);
}

template <typename T>
T largest(const std::vector<T> &values) {
    return *std::max_element(values.begin(), values.end());
}

enum class Color { Red, Green };

namespace detail {
int helper(int x) { return x + 1; }
}  // namespace detail

}  // namespace geometry
