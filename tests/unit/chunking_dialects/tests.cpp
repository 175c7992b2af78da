TEST(SuiteA, HandlesZero) {
  EXPECT_EQ(1, 1);
}
TEST_F(FixtureB, Works)
{
  EXPECT_EQ(1, 1);
}
TYPED_TEST(TypedC, Works) { int x; }
BOOST_AUTO_TEST_CASE(boost_name) { BOOST_CHECK(true); }
BOOST_FIXTURE_TEST_CASE(fix_name, Fixture) { BOOST_CHECK(true); }
BOOST_AUTO_TEST_SUITE(suite)
BOOST_AUTO_TEST_CASE(in_suite) { int x; }
BOOST_AUTO_TEST_SUITE_END()
SCENARIO("vectors can be sized", "[vector]") {
  GIVEN("a vector") {
    std::vector<int> v(5);
    REQUIRE(v.size() == 5);
  }
}
TEMPLATE_TEST_CASE("templ", "[x]", int, float) { TestType x; }
static void BM_Copy(benchmark::State& state) {
  for (auto _ : state) copy();
}
BENCHMARK(BM_Copy);
BENCHMARK_DEFINE_F(MyFixture, BarTest)(benchmark::State& st) {
  for (auto _ : st) { }
}
TEST_SUITE("math") {
  TEST_CASE("factorials") { CHECK(1 == 1); }
  TEST_CASE("others") { CHECK(1 == 1); }
}
namespace t {
TEST_CASE("in ns") { CHECK(1 == 1); }
TEST(A, InNs) { CHECK(1 == 1); }
}
PYBIND11_MODULE(example, m) {
  m.def("add", &add);
}
SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)
{
	return ksys_read(fd, buf, count);
}
TEST_METHOD(AddsNumbers) { int a; }
Test(suite, criterion) { cr_assert(1); }
TEST_CASE("multi"
          " part name", "[x]") { int a; }
TEST_CASE(R"(raw name)") { int a; }
TEST_CASE("with: colon, and (parens)") { int a; }
TEST(Foo, DISABLED_Bar) { int a; }
TEST_CASE_METHOD(CartFixture, "adds a line") { int a; }
ATL_NO_VTABLE
int REAL(int x) { return x; }
void UPPER(int y) { }
Foo::FOO(int a) { }
TEST_CASE_FIXTURE(Fix, "doctest fixture") { int a; }
TEST_GROUP(Group) { int a; };
TEST(Group, cpputest) { int a; }
struct FooTest { FooTest(int a) { } };
class URL { URL(string s) { } };
