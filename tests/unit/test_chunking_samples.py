"""A sample file for each language, and the chunks it must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgcodesearch.chunking import Chunk, chunk_file

FOLDER = Path(__file__).parent / "chunking_samples"

# lines, kind, symbol ('-' for blocks without a name); the module's chunk left out
EXPECTED = {
    "Account.swift": (
        "swift",
        """
1-1 block -
3-29 class Account
8-10 method Account.init
12-14 method Account.deinit
16-22 method Account.deposit
24-26 method Account.isEmpty
28-28 method Account.shared
31-33 class AccountError
35-38 class Money
37-37 method Money.formatted
40-42 class Ledger
44-48 class String
45-47 method String.trimmed
50-52 function transfer
""",
    ),
    "Button.tsx": (
        "tsx",
        """
1-1 block -
3-3 class Props
5-9 function Button
11-13 function App
""",
    ),
    "Cart.cs": (
        "csharp",
        """
1-2 block -
4-5 block Shop.Orders
6-43 class Shop.Orders.Cart
12-15 block Shop.Orders.Cart.Discounts
17-20 method Shop.Orders.Cart.Cart
24-30 method Shop.Orders.Cart.Add
32-40 method Shop.Orders.Cart.Total
42-42 method Shop.Orders.Cart.ToString
45-45 class Shop.Orders.ICart
47-47 class Shop.Orders.Status
49-49 class Shop.Orders.Item
51-56 class Shop.Orders.Money
54-54 method Shop.Orders.Money.+
""",
    ),
    "Format.java": (
        "java",
        """
1-4 block -
6-45 class Format
14-15 block Format.EXCEL
19-21 method Format.Format
23-33 method Format.join
35-37 method Format.builder
39-44 class Format.Builder
43-43 method Format.Builder.build
47-54 class Visitor
50-51 method Visitor.finished
53-53 method Visitor.strict
56-56 class QuoteMode
56-56 method QuoteMode.quotes
58-60 class Pair
59-59 method Pair.Pair
""",
    ),
    "Mailer.php": (
        "php",
        """
1-1 block -
3-6 block -
8-8 block DEFAULT_FROM
10-43 class Mailer
19-21 method Mailer.__construct
23-37 method Mailer.send
39-42 method Mailer.fake
45-48 class Sender
50-53 class Queues
52-52 method Queues.later
55-59 class Priority
58-58 method Priority.label
61-64 function format_address
""",
    ),
    "Parser.hs": (
        "haskell",
        """
1-3 block -
5-6 block -
8-12 class Expr
14-14 class Parser
16-16 class Env
18-19 class Pretty
21-23 class Expr
22-23 method Expr.pretty
25-28 function eval
30-31 function digits
33-33 function limit
""",
    ),
    "Repository.kt": (
        "kotlin",
        """
1-4 block -
6-6 block PAGE_SIZE
8-30 class UserRepository
18-23 method UserRepository.fetch
25-25 method UserRepository.size
28-28 method UserRepository.create
32-34 class Repository
36-36 class User
38-40 class Registry
39-39 method Registry.register
42-42 class Role
44-44 class Handler
46-46 method String.initials
48-50 function main
""",
    ),
    "Tree.scala": (
        "scala",
        """
1-3 block -
5-10 class Tree
9-9 method Tree.isEmpty
12-15 class Node
13-14 method Node.size
17-19 class Leaf
18-18 method Leaf.size
21-30 class Tree
24-29 method Tree.fromList
32-39 class Walker
35-38 method Walker.walk
""",
    ),
    "cache.ex": (
        "elixir",
        """
1-39 class Shop.Cache
12-18 method Shop.Cache.start_link
20-22 method Shop.Cache.total
24-26 method Shop.Cache.expired?
28-32 method Shop.Cache.cached
34-38 class Shop.Cache.Entry
37-37 method Shop.Cache.Entry.new
""",
    ),
    "deploy.sh": (
        "bash",
        """
1-5 block -
6-6 block -
8-11 function log
13-18 function upload_release
20-22 block -
""",
    ),
    "guide.md": (
        "markdown",
        """
1-3 block Guide
5-12 block Guide.Installing
14-16 block Guide.Installing.On Windows
18-21 block Guide.Usage
""",
    ),
    "matcher.rs": (
        "rust",
        """
1-4 block -
6-6 block LIMIT
8-13 class Match
15-26 class Match
16-20 method Match.is_ignore
22-25 method Match.or
28-32 class Match
29-31 method Match.fmt
34-38 class Matcher
37-37 method Matcher.strict
40-40 class Rules
42-42 class Index
44-46 function square
48-52 function read
54-55 block tests
56-56 block -
58-62 function tests.reads
""",
    ),
    "queue.rb": (
        "ruby",
        """
1-4 block -
6-50 class Work
7-45 class Work.Queue
13-16 method Work.Queue.initialize
18-26 method Work.Queue.push
28-30 method Work.Queue.full?
32-34 method Work.Queue.==
36-38 method Work.Queue.restore
41-43 method Work.Queue.shared
47-49 class Work.Helpers
48-48 method Work.Helpers.retry_later
52-54 function main
56-56 block -
""",
    ),
    "ring.zig": (
        "zig",
        """
1-2 block -
3-5 block Allocator
7-21 class Ring
12-15 method Ring.init
17-20 method Ring.push
23-23 class Mode
25-27 function next
29-33 block -
""",
    ),
    "schema.sql": (
        "sql",
        """
1-6 class shop.orders
8-8 block orders_customer_idx
10-12 class open_orders
14-25 function shop.add_tax
27-27 function order_count
29-29 class mood
31-31 block -
""",
    ),
    "server.go": (
        "go",
        """
1-9 block -
11-16 block defaultPort
17-19 class Handler
21-25 class Server
27-30 class Runner
32-35 function New
37-41 method Server.Run
43-43 method list.Len
45-47 function shutdown
""",
    ),
    "service.py": (
        "python",
        """
1-9 block -
11-11 block DEFAULT_RETRIES
13-17 block ENCODINGS
20-21 class FetchError
24-57 class PageCache
34-36 method PageCache.__init__
38-41 method PageCache.size
43-45 method PageCache.size
47-50 class PageCache.Entry
48-50 method PageCache.Entry.touch
52-57 method PageCache.close_idle
60-74 function retrying
77-78 function hosts
81-82 block -
""",
    ),
    "shapes.cpp": (
        "cpp",
        """
1-2 block -
4-6 block geometry
8-19 class geometry.Shape
11-11 method geometry.Shape.Shape
14-14 method geometry.Shape.name
15-15 method geometry.Shape.operator==
21-24 class geometry.Circle
26-34 class geometry.Grid
29-29 method geometry.Grid.at
36-39 method geometry.Circle.area
41-44 function geometry.largest
46-46 class geometry.Color
48-48 block geometry.detail
49-52 function geometry.detail.helper
""",
    ),
    "stack.c": (
        "c",
        """
1-3 block -
5-5 block INITIAL_CAPACITY
6-6 function GROWN
8-10 block error_names
12-17 class stack_t
19-19 class state
21-21 class point
23-23 block stack_length
25-36 function ensure_room
38-38 function stack_error
40-43 function stack_views
""",
    ),
    "store.ts": (
        "typescript",
        """
1-3 block -
5-5 block DEFAULT_DELAY
7-12 class StoreEvent
14-14 class Listener
16-16 class Mode
18-22 block legacy
23-24 function Internal.hash
26-50 class Store
33-33 method Store.constructor
35-35 method Store.size
37-42 method Store.subscribe
46-49 method Store.emit
52-56 function wrap
""",
    ),
    "timer.lua": (
        "lua",
        """
1-2 block -
4-7 block Timer
9-13 method Timer.new
15-20 method Timer.tick
22-24 function sleep
26-28 method Timer.stop
30-32 block handlers
31-31 method handlers.on_start
34-34 block -
""",
    ),
    "view.js": (
        "javascript",
        """
1-5 block -
7-9 block -
11-11 block -
13-19 function View
21-25 method View.render
27-27 method View.lookup
29-31 function tryStat
33-38 block helpers
35-35 method helpers.upper
36-36 method helpers.lower
37-37 method helpers.trim
40-45 class Stack
42-42 method Stack.empty
43-43 method Stack.top
44-44 method Stack.push
47-47 function sum
49-51 function pages
53-55 function protocol
""",
    ),
}


def chunks_of(name: str) -> list[Chunk]:
    return chunk_file(f"src/{name}", (FOLDER / name).read_text(encoding="utf-8")).chunks


def chunk_of(name: str, symbol: str, kind: str = "") -> Chunk:
    return next(chunk for chunk in chunks_of(name) if chunk.symbol == symbol and kind in ("", chunk.kind))


@pytest.mark.parametrize("name", EXPECTED)
def test_chunks_of_each_language(name: str) -> None:
    language, expected = EXPECTED[name]
    found = chunk_file(f"src/{name}", (FOLDER / name).read_text(encoding="utf-8"))
    assert (found.language, found.parser) == (language, "tree-sitter")
    below = [chunk for chunk in found.chunks if chunk.kind != "module"]
    assert [f"{c.start_line}-{c.end_line} {c.kind} {c.symbol or '-'}" for c in below] == expected.split("\n")[
        1:-1
    ]


def test_every_sample_is_checked() -> None:
    assert sorted(EXPECTED) == sorted(file.name for file in FOLDER.iterdir())


@pytest.mark.parametrize("name", EXPECTED)
def test_the_module_lists_what_the_file_defines(name: str) -> None:
    module, *below = chunks_of(name)
    assert (module.kind, module.name, module.start_line) == ("module", name.rpartition(".")[0], 1)
    assert module.end_line == len((FOLDER / name).read_text(encoding="utf-8").splitlines())
    for chunk in below:
        assert chunk.name.removeprefix("operator") in module.content


@pytest.mark.parametrize(
    ("name", "symbol", "signature"),
    [
        (
            "service.py",
            "PageCache.close_idle",
            "async def close_idle( self, older_than: float = 1.0, ) -> None",
        ),
        ("view.js", "View.render", "View.prototype.render = function render (options, callback)"),
        ("view.js", "pages", "export default async function* pages (limit)"),
        ("store.ts", "Store", "export abstract class Store<T> implements Disposable"),
        ("store.ts", "Listener", "export type Listener<T> = (event: StoreEvent<T>) => void"),
        ("server.go", "Server.Run", "func (s *Server) Run(ctx context.Context) error"),
        ("Format.java", "Format.join", "public <T> String join(final List<T> values) throws IOException"),
        ("matcher.rs", "read", "pub fn read<P: AsRef<Path>>(path: P) -> Result<Rules, Error>"),
        ("stack.c", "ensure_room", "static int ensure_room(stack_t *stack)"),
        ("shapes.cpp", "geometry.Grid", "template <typename T> class Grid"),
        ("Cart.cs", "Shop.Orders.Cart.Add", "public void Add(Item item)"),
        ("queue.rb", "Work.Queue.push", "def push(job)"),
        ("Mailer.php", "Mailer.send", "public function send(Message $message): bool"),
        ("Repository.kt", "UserRepository.fetch", "suspend fun fetch(page: Int): List<User>"),
        ("Tree.scala", "Tree.fromList", "def fromList[A](items: List[A]): Tree[A]"),
        ("timer.lua", "Timer.tick", "function Timer:tick(now)"),
        ("cache.ex", "Shop.Cache.expired?", "defp expired?(entry) when is_map(entry)"),
        ("Parser.hs", "eval", "eval :: Env -> Expr -> Int"),
        ("ring.zig", "Ring.init", "pub fn init(allocator: Allocator, capacity: usize) !Ring"),
    ],
)
def test_signatures(name: str, symbol: str, signature: str) -> None:
    assert chunk_of(name, symbol).signature == signature


@pytest.mark.parametrize(
    ("name", "symbol", "doc"),
    [
        ("service.py", "PageCache", "keeps what was fetched\nPages by address.\n\nOld ones are dropped."),
        ("view.js", "View", "A view of a template."),
        ("store.ts", "Store.subscribe", "Subscribes a listener."),
        ("server.go", "New", "New makes a server."),
        ("Format.java", "Format.join", "Joins the values of a row.\n\n@param values the values"),
        ("matcher.rs", "Match.is_ignore", "True for ignored paths."),
        ("stack.c", "stack_t", "A stack; `items` is owned by it."),
        ("Cart.cs", "Shop.Orders.Cart.Add", "Adds an item.\nitem What to add."),
        ("queue.rb", "Work.Queue.push", "Adds a job unless the queue is full.\n\n@return [Boolean]"),
        ("Mailer.php", "Mailer.send", "Sends one message, trying again when the transport fails."),
        ("deploy.sh", "log", "Prints a message to standard error."),
        ("cache.ex", "Shop.Cache.start_link", "Starts the cache."),
        ("cache.ex", "Shop.Cache", "Keeps values for a while."),
        ("Parser.hs", "eval", "Evaluates an expression."),
        ("timer.lua", "Timer.new", "Creates a timer.\n@param interval seconds between ticks"),
        ("schema.sql", "shop.add_tax", "Adds tax to an order."),
    ],
)
def test_documentation_without_markers(name: str, symbol: str, doc: str) -> None:
    assert chunk_of(name, symbol).doc == doc


@pytest.mark.parametrize(
    ("name", "symbol", "calls"),
    [
        ("service.py", "PageCache.__init__", ("super", "__init__", "abspath")),
        ("service.py", "retrying", ("wraps", "range", "function")),
        ("view.js", "View.render", ("debug", "engine")),
        ("store.ts", "wrap", ("of", "join")),
        ("server.go", "Server.Run", ("Info", "ListenAndServe")),
        ("server.go", "New", ("Server",)),
        ("Format.java", "Format.builder", ("Builder",)),
        ("matcher.rs", "read", ("parse", "Ok")),
        ("stack.c", "ensure_room", ("realloc", "GROWN")),
        ("shapes.cpp", "geometry.Circle.area", ("pow",)),
        ("Cart.cs", "Shop.Orders.Cart.Total", ("Round",)),
        ("Mailer.php", "Mailer.fake", ("NullTransport", "NullLogger")),
        ("deploy.sh", "upload_release", ("log", "rsync")),
        ("Repository.kt", "UserRepository.create", ("UserRepository", "HttpClient")),
        ("Account.swift", "transfer", ("deposit",)),
        ("cache.ex", "Shop.Cache.total", ("total",)),
        ("schema.sql", "shop.add_tax", ("round", "pg_notify")),
    ],
)
def test_calls(name: str, symbol: str, calls: tuple[str, ...]) -> None:
    assert chunk_of(name, symbol).calls == calls


@pytest.mark.parametrize(
    ("name", "symbol", "imports"),
    [
        ("service.py", "hosts", ("Iterator", "urlsplit")),
        ("view.js", "View.lookup", ("path",)),
        ("store.ts", "wrap", ("Observable", "of", "path")),
        ("server.go", "Server.Run", ("context", "net/http", "github.com/sirupsen/logrus")),
        ("Format.java", "Format.join", ("List", "requireNonNull")),
        ("matcher.rs", "read", ("Path",)),
        ("Mailer.php", "Mailer.send", ()),
        ("Repository.kt", "UserRepository.fetch", ("kotlinx.coroutines.delay",)),
    ],
)
def test_imports_a_chunk_mentions(name: str, symbol: str, imports: tuple[str, ...]) -> None:
    assert chunk_of(name, symbol).imports == imports


def test_members_are_elided_from_their_class() -> None:
    content = chunk_of("service.py", "PageCache").content
    assert content.startswith("# keeps what was fetched\n@functools.total_ordering\nclass PageCache(dict):")
    assert "    limit = 10\n" in content
    assert "    def __init__(self, folder: str) -> None ..." in content
    assert "osp.abspath" not in content


def test_comments_of_the_body_are_kept_apart_from_documentation() -> None:
    assert chunk_of("service.py", "PageCache.size").comments == "cheap"
    assert chunk_of("matcher.rs", "read").comments == "may fail"
