"""The reader of C++ finds functions, and nothing that only looks like one."""

import unittest

import cpp


def functions(text):
    found = cpp.functions(cpp.strip(text))
    return [(one.name, one.line, one.lines, one.parameters) for one in found]


class Strip(unittest.TestCase):
    def test_braces_in_strings_and_comments_are_no_code(self):
        code = cpp.strip('a("}"); // }\n/* } \n */ b(\'}\'); c(R"x(\n}")x"); d = 1\'000\'000;')
        self.assertNotIn("}", code)
        self.assertEqual(code.count("\n"), 3)
        self.assertIn("1'000'000", code)


class Functions(unittest.TestCase):
    def test_a_function_is_measured_from_its_name_to_its_brace(self):
        self.assertEqual(functions("namespace a {\nint f(int x) {\n  if (x) { g(); }\n  return 1;\n}\n}"),
                         [("f", 2, 4, 1)])

    def test_members_constructors_and_operators(self):
        text = """
class [[nodiscard]] A final : public B<void(int)> {
 public:
  explicit A(int x, int y) : x_(x), y_{y} {}
  bool operator==(const A&) const = default;
  int operator()(int a, int b) const { return a; }
  operator bool() const { return true; }
  std::function<void(int, int)> make(std::map<int, int> m) const&;
 private:
  int x_{0};
  std::function<void()> f_ = [] { run(); };
};
"""
        self.assertEqual(functions(text), [("A", 4, 1, 2), ("operator", 5, 0, 1), ("operator", 6, 1, 2),
                                           ("operator", 7, 1, 0), ("make", 8, 0, 1)])

    def test_tables_lambdas_and_enums_are_no_functions(self):
        self.assertEqual(functions("""
constexpr Row rows[] = {{1, "a"}, {2, f(1, 2)}};
constexpr std::array<int, 2> pair{{1, 2}};
const auto call = [](int a) { return a; };
enum class Kind : std::uint8_t { one, two };
template <class T> concept Small = requires(T t) { t.size(); };
extern "C" { struct S { int x; }; }
static_assert(sizeof(int) == 4, "a");
#define LOOP(x) do { x } while (0) \\
  {
namespace { using Words = std::vector<std::string>; }
"""), [])

    def test_a_lambda_inside_counts_with_its_function(self):
        self.assertEqual(functions("void f() {\n  go([](int a, int b) {\n    return a;\n  });\n}\nvoid g();"),
                         [("f", 1, 5, 0), ("g", 6, 0, 0)])

    def test_templates_trailing_types_and_requires(self):
        text = """template <class T, class U = std::pair<int, int>>
  requires std::is_same_v<T, U>
auto f(const std::map<T, U>& a, std::array<int, 2> b = {1, 2}) noexcept(true) -> std::map<T, U> {
}"""
        self.assertEqual(functions(text), [("f", 3, 2, 2)])

    def test_a_test_is_a_function(self):
        self.assertEqual(functions("TEST(Suite, name) {\n}\n"), [("TEST", 1, 2, 2)])

    def test_text_that_never_closes_does_not_loop(self):
        functions("namespace a { void f( { [ ( <")
        functions("}}}} ) ] >")


if __name__ == "__main__":
    unittest.main()
