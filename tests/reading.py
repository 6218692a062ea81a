"""A page as a reader sees it: its tables as rows of texts, its definition lists, its text. No knowledge of the product."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCKS = {"p", "div", "li", "dd", "dt", "td", "th", "br", "h1", "h2", "h3", "tr", "span", "summary", "a", "option"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self._words()).split())

    def _words(self) -> list[str]:
        if self.tag in ("script", "style", "svg", "template"):
            return []
        words = [word for child in self.children for word in ([child] if isinstance(child, str) else child._words())]
        return [" ", *words, " "] if self.tag in BLOCKS else words

    def all(self, tag: str, **attributes: str) -> list["Node"]:
        """Every element below with this tag, and with these attributes (`class_` for one of its classes)."""
        found = []
        for child in self.children:
            if isinstance(child, str):
                continue
            if child.tag == tag and all(child.has(name.rstrip("_"), value) for name, value in attributes.items()):
                found.append(child)
            found += child.all(tag, **attributes)
        return found

    def has(self, name: str, value: str) -> bool:
        known = self.attributes.get(name, "")
        return value in known.split() if name == "class" else known == value

    def by_id(self, name: str) -> "Node":
        for tag in ("section", "div", "p", "ul", "dl", "table", "h2", "tr"):
            for node in self.all(tag, id=name):
                return node
        raise AssertionError(f"nothing has the id {name}")

    def tables(self) -> list[list[dict[str, str]]]:
        """Each table as its rows, by the words of the column's heading."""
        return [_rows(table) for table in self.all("table")]

    def table(self, words: str) -> list[dict[str, str]]:
        """The table whose caption holds these words."""
        for table in self.all("table"):
            if any(words in caption.text for caption in table.all("caption")):
                return _rows(table)
        raise AssertionError(f"no table is called {words!r}: {[c.text for c in self.all('caption')]}")

    def figures(self) -> dict[str, str]:
        """The figures of a page, term by term."""
        return {
            one.all("dt")[0].text: " | ".join(each.text for each in one.all("dd"))
            for block in self.all("dl")
            for one in block.all("div")
            if one.all("dt")
        }


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Node:
    """The main part of a page, or all of a part of one."""
    reader = _Reader()
    reader.feed(html)
    whole = reader.open[0]
    return next(iter(whole.all("main")), whole)


def number(text: str) -> int:
    """The first whole number in a text, groups of thousands included."""
    found = re.search(r"-?\d[\d,]*", text)
    assert found, f"no number in {text!r}"
    return int(found.group().replace(",", ""))


def numbers(text: str) -> list[int]:
    return [int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", text)]


def _rows(table: Node) -> list[dict[str, str]]:
    lines = [[cell for cell in row.children if isinstance(cell, Node)] for row in table.all("tr")]
    heads = [cell.text for cell in lines[0]] if lines else []
    rows = []
    for line in lines[1:]:
        row = {}
        for place, cell in enumerate(line):
            row[heads[place] if place < len(heads) else str(place)] = cell.text
        hrefs = [link.attributes.get("href", "") for cell in line for link in cell.all("a")]
        rows.append({**row, "href": hrefs[0] if hrefs else ""})
    return rows
