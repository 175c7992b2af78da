"""Charts: lines with gaps, names that are no markup, words for who can't see them."""

from xml.etree import ElementTree

from pgcodesearch.plots import STYLE, Chart, Dot, Line, document, svg

_SVG = "{http://www.w3.org/2000/svg}"


def test_a_line_has_gaps_and_dots_have_titles():
    dots = [Dot(0, 1.0, "first"), Dot(1, 3.0), Dot(2, None, "unknown"), Dot(3, 2.0)]
    root = ElementTree.fromstring(svg(Chart("t", [Line("a", dots)]), "k"))
    points = [line.get("points") for line in root.iter(f"{_SVG}polyline")]
    # The plot is 54 to 390 wide and 34 to 178 high.
    assert points == ["54.0,178.0 166.0,34.0", "390.0,106.0"]
    assert [title.text for dot in root.iter(f"{_SVG}circle") for title in dot] == ["first"]


def test_names_are_no_markup_and_words_are_there():
    hostile = "<script>&\"'"
    chart = Chart(hostile, [Line(hostile, [Dot(0, 1, hostile)])], hostile, x_ticks=[(0, hostile)])
    root = ElementTree.fromstring(document(hostile, [chart, chart]))
    assert not list(root.iter(f"{_SVG}script"))
    inner = root.findall(f"{_SVG}svg")
    assert len(inner) == 2
    ids = [
        part.get("id") for chart in inner for part in (chart.find(f"{_SVG}title"), chart.find(f"{_SVG}desc"))
    ]
    assert len(set(ids)) == 4
    assert [chart.get("aria-labelledby") for chart in inner] == [
        "chart0-title chart0-desc",
        "chart1-title chart1-desc",
    ]
    assert inner[0].find(f"{_SVG}desc").text == hostile


def test_nothing_to_draw_is_drawn():
    root = ElementTree.fromstring(
        svg(Chart("empty", [Line("a", []), Line("b", [Dot(1, 5), Dot(1, 5)])]), "k")
    )
    assert "nan" not in ElementTree.tostring(root, encoding="unicode")
    assert "url(" not in STYLE
