"""What each language's code names: definitions, calls with receivers, imports, base types, each with its line."""

from __future__ import annotations

import pytest

from pgcodesearch.chunking import Reference, chunk_file

# path, source, and what must be among its references: kind, name, qualifier, origin, alias, owner, lines in the file
CASES: list[tuple[str, str, set[tuple[str, str, str, str, str, str, tuple[int, ...]]]]] = [
    (
        "src/shop/cart.py",
        "import json\nimport os.path as osp\n"
        "from .money import Price as P, round_up\nfrom .. import rates\n\n\n"
        "class Cart(Base[int], rates.Table):\n    limit = 3\n\n    def __init__(self, price: P):\n"
        "        self.price = price\n        self.box = Box()\n"
        "\n    def total(self):\n        self.add(round_up(1))\n"
        "        self.box.open()\n        super().total()\n"
        "        return osp.join(json.dumps(self.limit))\n\n\n"
        "class Box:\n    def open(self):\n        return unknown.send(self)\n",
        {
            ("import", "json", "", "", "", "", (1,)),
            ("import", "path", "", "os", "osp", "", (2,)),
            ("import", "Price", "", "src.shop.money", "P", "", (3,)),
            ("import", "rates", "", "src", "", "", (4,)),
            ("definition", "Cart", "", "src.shop.cart", "", "", (7,)),
            ("definition", "limit", "Cart", "src.shop.cart.Cart", "", "Cart", (8,)),
            ("definition", "total", "Cart", "src.shop.cart.Cart", "", "Cart", (14,)),
            ("inherits", "Base", "", "", "", "Cart", (7,)),
            ("inherits", "Table", "rates", "src.rates", "", "Cart", (7,)),
            ("use", "Price", "", "src.shop.money", "P", "", (10,)),
            ("call", "Box", "", "src.shop.cart", "", "", (12,)),
            ("call", "add", "self", "src.shop.cart.Cart", "", "", (15,)),
            ("call", "round_up", "", "src.shop.money", "", "", (15,)),
            ("call", "open", "self.box", "src.shop.cart.Box", "", "", (16,)),
            ("call", "total", "super()", "src.shop.cart.Cart", "", "", (17,)),
            ("call", "join", "osp", "os.path", "", "", (18,)),
            ("call", "dumps", "json", "json", "", "", (18,)),
            ("use", "limit", "self", "src.shop.cart.Cart", "", "", (18,)),
            ("call", "send", "unknown", "", "", "", (23,)),
        },
    ),
    (
        "web/store.ts",
        "import { emit as send, type Bus } from './bus';\n"
        "import * as rx from 'rxjs';\nexport { helper } from '../lib/help';\n"
        "class Store extends rx.Subject implements Disposable {\n"
        "  bus: Bus;\n  run(clock: Clock) {\n    send(1);\n"
        "    this.run(clock);\n    clock.tick();\n    rx.of(1);\n  }\n}\n",
        {
            ("import", "emit", "", "web.bus", "send", "", (1,)),
            ("import", "rxjs", "", "", "rx", "", (2,)),
            ("import", "helper", "", "lib.help", "", "", (3,)),
            ("inherits", "Subject", "rx", "rxjs", "", "Store", (4,)),
            ("inherits", "Disposable", "", "", "", "Store", (4,)),
            ("call", "emit", "", "web.bus", "send", "", (7,)),
            ("call", "run", "this", "web.store.Store", "", "", (8,)),
            ("call", "tick", "clock", "Clock", "", "", (9,)),
            ("call", "of", "rx", "rxjs", "", "", (10,)),
        },
    ),
    (
        "app.js",
        "const path = require('path');\nconst { join } = require('./util/index.js');\nclass A extends B {}\n"
        "function go() {\n  path.sep();\n  join(new A());\n}\n",
        {
            ("import", "path", "", "", "", "", (1,)),
            ("import", "join", "", "util", "", "", (2,)),
            ("inherits", "B", "", "", "", "A", (3,)),
            ("call", "sep", "path", "path", "", "", (5,)),
            ("call", "join", "", "util", "", "", (6,)),
            ("call", "A", "", "app", "", "", (6,)),
        },
    ),
    (
        "net/server.go",
        'package net\n\nimport (\n\t"fmt"\n\tlog "github.com/x/logrus"\n'
        ")\n\ntype Server struct {\n\tBase\n\tname string\n}\n\n"
        "func (s *Server) Run(h Handler) {\n\ts.listen()\n"
        "\th.Serve()\n\tlog.Info()\n\tfmt.Println(Config{})\n}\n",
        {
            ("import", "fmt", "", "", "", "", (4,)),
            ("import", "logrus", "", "github.com.x", "log", "", (5,)),
            ("inherits", "Base", "", "", "", "Server", (9,)),
            ("definition", "Run", "Server", "net.Server", "", "Server", (13,)),
            ("call", "listen", "s", "Server", "", "", (14,)),
            ("call", "Serve", "h", "Handler", "", "", (15,)),
            ("call", "Info", "log", "github.com.x.logrus", "", "", (16,)),
            ("call", "Config", "", "", "", "", (17,)),
        },
    ),
    (
        "src/main/Order.java",
        "import java.util.List;\nimport static java.util.Objects.requireNonNull;\n"
        "class Order extends Base implements Priced {\n"
        "  private Customer buyer;\n  void pay(Card card) {\n"
        "    card.charge();\n    check(requireNonNull(buyer));\n"
        "    this.buyer.notify();\n    new Receipt();\n    Money.of(1);\n  }\n  void check(Object o) {}\n}\n",
        {
            ("import", "List", "", "java.util", "", "", (1,)),
            ("import", "requireNonNull", "", "java.util.Objects", "", "", (2,)),
            ("inherits", "Base", "", "", "", "Order", (3,)),
            ("inherits", "Priced", "", "", "", "Order", (3,)),
            ("use", "Customer", "", "", "", "", (4,)),
            ("call", "charge", "card", "Card", "", "", (6,)),
            ("call", "check", "", "", "", "Order", (7,)),
            ("call", "notify", "this.buyer", "Customer", "", "", (8,)),
            ("call", "Receipt", "", "", "", "Order", (9,)),
            ("call", "of", "Money", "Money", "", "", (10,)),
        },
    ),
    (
        "src/net/client.rs",
        "use crate::pool::{Pool, lease::Lease as L};\nuse std::fmt;\nimpl fmt::Display for Client {\n"
        "    fn fmt(&self, pool: &mut Pool) {\n        self.send();\n"
        "        pool.take();\n        let made = L::new();\n"
        "        made.end();\n        crate::util::trace();\n    }\n}\n",
        {
            ("import", "Pool", "", "pool", "", "", (1,)),
            ("import", "Lease", "", "pool.lease", "L", "", (1,)),
            ("inherits", "Display", "fmt", "std.fmt", "", "Client", (3,)),
            ("call", "send", "self", "Client", "", "", (5,)),
            ("call", "take", "pool", "pool.Pool", "", "", (6,)),
            ("call", "new", "L", "pool.lease.Lease", "", "", (7,)),
            ("call", "end", "made", "pool.lease.Lease", "", "", (8,)),
        },
    ),
    (
        "shapes.cpp",
        '#include "geometry/base.h"\nnamespace g {\n'
        "class Circle : public Shape, private io::Log {\n  void draw() { area(); }\n};\n"
        "void Circle::fill(Canvas& canvas) {\n  canvas.paint();\n  this->draw();\n  std::move(1);\n}\n}\n",
        {
            ("import", "base", "", "geometry", "", "", (1,)),
            ("inherits", "Shape", "", "", "", "Circle", (3,)),
            ("inherits", "Log", "io", "", "", "Circle", (3,)),
            ("call", "area", "", "", "", "Circle", (4,)),
            ("call", "paint", "canvas", "Canvas", "", "", (7,)),
            ("call", "draw", "this", "Circle", "", "", (8,)),
            ("call", "move", "std", "", "", "", (9,)),
        },
    ),
    (
        "stack.c",
        "#include <stdlib.h>\nstruct stack { int size; };\n"
        "int push(struct stack *s) {\n  s->grow(s);\n  return realloc(s);\n}\n",
        {
            ("import", "stdlib", "", "", "", "", (1,)),
            ("definition", "push", "", "stack", "", "", (3,)),
            ("call", "grow", "s", "", "", "", (4,)),
            ("call", "realloc", "", "", "", "", (5,)),
        },
    ),
    (
        "Cart.cs",
        "using System.Text;\nclass Cart : Base, ICart {\n"
        "  void Add(Item item) {\n    item.Check();\n    this.Log();\n"
        "    Math.Round(1);\n    Sum();\n  }\n}\n",
        {
            ("import", "Text", "", "System", "", "", (1,)),
            ("inherits", "Base", "", "", "", "Cart", (2,)),
            ("inherits", "ICart", "", "", "", "Cart", (2,)),
            ("call", "Check", "item", "Item", "", "", (4,)),
            ("call", "Log", "this", "Cart", "", "", (5,)),
            ("call", "Round", "Math", "Math", "", "", (6,)),
            ("call", "Sum", "", "", "", "Cart", (7,)),
        },
    ),
    (
        "lib/work/queue.rb",
        "require_relative 'job'\nmodule Work\n  class Queue < Base\n"
        "    include Enumerable\n    def push(job)\n      self.check\n"
        "      full?\n      Job.new\n    end\n  end\nend\n",
        {
            ("import", "job", "", "", "", "", (1,)),
            ("inherits", "Base", "", "", "", "Queue", (3,)),
            ("inherits", "Enumerable", "", "", "", "Queue", (4,)),
            ("call", "new", "Job", "Job", "", "", (8,)),
        },
    ),
    (
        "Mailer.php",
        "<?php\nuse App\\Contracts\\Transport as Carrier;\n"
        "class Mailer extends Base implements Sender {\n  use Queues;\n"
        "  function send(Carrier $carrier) {\n    $carrier->deliver();\n"
        "    $this->log();\n    self::make();\n    strlen('x');\n  }\n}\n",
        {
            ("import", "Transport", "", "App.Contracts", "Carrier", "", (2,)),
            ("inherits", "Base", "", "", "", "Mailer", (3,)),
            ("inherits", "Sender", "", "", "", "Mailer", (3,)),
            ("inherits", "Queues", "", "", "", "Mailer", (4,)),
            ("call", "deliver", "$carrier", "App.Contracts.Transport", "", "", (6,)),
            ("call", "log", "$this", "Mailer", "", "", (7,)),
            ("call", "make", "self", "Mailer", "", "", (8,)),
        },
    ),
    (
        "Repository.kt",
        "import org.net.Client\nclass Users(val client: Client) : Repository(), Closeable {\n"
        "  fun fetch(page: Page) {\n"
        "    page.next()\n    this.close()\n    load()\n  }\n}\n",
        {
            ("import", "Client", "", "org.net", "", "", (1,)),
            ("inherits", "Repository", "", "", "", "Users", (2,)),
            ("inherits", "Closeable", "", "", "", "Users", (2,)),
            ("call", "next", "page", "Page", "", "", (4,)),
            ("call", "close", "this", "Users", "", "", (5,)),
            ("call", "load", "", "", "", "Users", (6,)),
        },
    ),
    (
        "Tree.scala",
        "import scala.util.Try\nclass Node(left: Tree) extends Tree with Logging {\n"
        "  def size(other: Tree): Int = {\n"
        "    other.depth()\n    count(1)\n  }\n}\n",
        {
            ("import", "Try", "", "scala.util", "", "", (1,)),
            ("inherits", "Tree", "", "", "", "Node", (2,)),
            ("inherits", "Logging", "", "", "", "Node", (2,)),
            ("call", "depth", "other", "Tree", "", "", (4,)),
            ("call", "count", "", "", "", "Node", (5,)),
        },
    ),
    (
        "Account.swift",
        "import Foundation\nclass Account: Base, Identifiable {\n"
        "  func pay(to: Account) {\n    to.deposit()\n    self.log()\n"
        "    check()\n  }\n}\n",
        {
            ("import", "Foundation", "", "", "", "", (1,)),
            ("inherits", "Base", "", "", "", "Account", (2,)),
            ("inherits", "Identifiable", "", "", "", "Account", (2,)),
            ("call", "deposit", "to", "Account", "", "", (4,)),
            ("call", "log", "self", "Account", "", "", (5,)),
            ("call", "check", "", "", "", "Account", (6,)),
        },
    ),
    (
        "cache.ex",
        "defmodule Shop.Cache do\n  alias Shop.Clock\n  @behaviour GenServer\n"
        "  def total(x) do\n    Clock.now()\n    sum(x)\n  end\nend\n",
        {
            ("import", "Clock", "", "Shop", "", "", (2,)),
            ("inherits", "GenServer", "", "", "", "Cache", (3,)),
            ("call", "now", "Clock", "Shop.Clock", "", "", (5,)),
            ("call", "sum", "", "", "", "Cache", (6,)),
        },
    ),
    (
        "Parser.hs",
        "module Parser where\nimport qualified Data.Map as M\n"
        "instance Pretty Expr where\n  pretty x = show x\neval e = M.lookup e\n",
        {
            ("import", "Map", "", "Data", "M", "", (2,)),
            ("inherits", "Pretty", "", "", "", "Expr", (3,)),
            ("call", "show", "", "", "", "", (4,)),
        },
    ),
    (
        "timer.lua",
        "local socket = require('net.socket')\nlocal function go()\n  socket.sleep(1)\n  timer:stop()\nend\n",
        {
            ("import", "socket", "", "net", "", "", (1,)),
            ("call", "sleep", "socket", "net.socket", "", "", (3,)),
            ("call", "stop", "timer", "", "", "", (4,)),
        },
    ),
    (
        "ring.zig",
        'const std = @import("std");\nfn go() void {\n    std.debug.print("x");\n    next();\n}\n',
        {
            ("import", "std", "", "", "", "", (1,)),
            ("call", "print", "std.debug", "std.debug", "", "", (3,)),
            ("call", "next", "", "", "", "", (4,)),
        },
    ),
    (
        "deploy.sh",
        "upload() {\n  log start\n}\nupload\n",
        {
            ("definition", "upload", "", "deploy", "", "", (1,)),
            ("call", "log", "", "", "", "", (2,)),
            ("call", "upload", "", "", "", "", (4,)),
        },
    ),
    (
        "schema.sql",
        "create function shop.add_tax(x numeric) returns numeric as $$\n"
        "begin\n  -- round(1)\n  return shop.rate(x);\nend\n$$;\n",
        {("call", "rate", "shop", "", "", "", (4,))},
    ),
]


def _found(path: str, source: str) -> set[tuple[str, str, str, str, str, str, tuple[int, ...]]]:
    return {
        (
            item.kind,
            item.name,
            item.qualifier,
            item.origin,
            item.alias,
            item.owner,
            (chunk.start_line + line,),
        )
        for chunk in chunk_file(path, source).chunks
        for item in chunk.references
        for line in item.lines
    }


@pytest.mark.parametrize(("path", "source", "wanted"), CASES, ids=[path for path, _, _ in CASES])
def test_what_code_names(path, source, wanted):
    found = _found(path, source)
    assert wanted - found == set()
    # Each line that is said to have a name has it, or what it is called there.
    rows = source.split("\n")
    wrong = [
        item
        for item in found
        if item[0] != "definition" and (item[4] or item[1]).strip("*") not in rows[item[6][0] - 1]
    ]
    assert wrong == []


def test_sql_names_in_comments_are_no_calls():
    assert "round" not in {item[1] for item in _found(*CASES[-1][:2])}


def test_local_variables_are_no_uses():
    source = (
        "from shop import price\n\n\ndef total(price):\n"
        "    return price + 1\n\n\ndef shown():\n    return price\n"
    )
    assert [item[6] for item in _found("a.py", source) if item[:2] == ("use", "price")] == [(9,)]


def test_attributes_of_what_is_imported_or_of_a_known_type():
    source = "from . import nodes\n\n\ndef a(page: Page, other):\n    nodes.Tuple, page.title, other.title, 'nodes.x'\n"
    found = {item[1:4] for item in _found("web/a.py", source) if item[0] == "use" and item[2]}
    assert found == {("Tuple", "nodes", "web.nodes"), ("title", "page", "Page")}


def test_strings_and_comments_are_no_uses():
    source = "from shop import price\n\n\ndef total():\n    # price\n    return 'price', f'{price}'\n"
    assert [item[6] for item in _found("a.py", source) if item[:2] == ("use", "price")] == [(6,)]


def test_chains_and_full_stops():
    python = "def a():\n    # The end.\n    self.b()\n    (x\n        .first()\n        .second())\n    ', '.join(x)\n"
    found = {item[1]: item[2] for item in _found("a.py", python) if item[0] == "call"}
    assert found == {"b": "self", "first": "x", "second": "x.first()", "join": '""'}
    go = "package a\nfunc a() {\n\tx.First().\n\t\tSecond()\n}\n"
    assert {item[1]: item[2] for item in _found("a.go", go) if item[0] == "call"} == {
        "First": "x",
        "Second": "x.First()",
    }


def test_lines_are_counted_from_the_chunk():
    source = "import os\n\n\n# first\n@cached\ndef a():\n    os.getcwd()\n\n    os.getcwd()\n"
    chunk = next(chunk for chunk in chunk_file("a.py", source).chunks if chunk.kind == "function")
    assert chunk.start_line == 4
    assert Reference("call", "getcwd", "os", "os", "", "", (3, 5)) in chunk.references


def test_a_notebook_has_the_lines_of_its_file():
    cell = (
        '{"cell_type": "code", "metadata": {}, "outputs": [], "source": [\n'
        '"import os\\n",\n"def a():\\n",\n"\\n",\n"    os.getcwd()\\n"\n]}'
    )
    text = f'{{"cells": [\n{cell}\n], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'
    rows = text.split("\n")
    found = {
        item[1]: rows[item[6][0] - 1] for item in _found("a.ipynb", text) if item[0] in ("call", "import")
    }
    assert "getcwd" in found["getcwd"]
    assert "import" in found["os"]


def test_a_folder_that_a_file_stands_for():
    modules = {chunk_file(path, "x = 1\n").chunks[0].references[0] for path in ("a/b/__init__.py", "a/b.py")}
    assert modules == {Reference("definition", "b", "", "a", "", "", (0,))}
