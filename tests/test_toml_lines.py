"""The line of every key of a TOML file, by files whose lines are known."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxlib.reporting.toml_lines import first_unsound_line, lines_of, with_lines

FILE = '''\
# A comment with a [table] and a key = 1

title = "Ä # no comment"
text = """
[due]
days = 7 \\"""
"""
"a.b" = 1
due.at = "06:00" # dotted

  [parameters."loss weight"]
default = {number = 2.25, "as text" = 'x'}
choices = [
  "]", # ] and [due]
  "days = 1",
]
[[post]]
to = 1
[[post]]
to = 2
[post.more]
cc = 3
'''


def test_every_key_of_a_file_has_its_line():
    assert lines_of(FILE) == {
        ("title",): 3,
        ("text",): 4,
        ("a.b",): 8,
        ("due",): 9,
        ("due", "at"): 9,
        ("parameters",): 11,
        ("parameters", "loss weight"): 11,
        ("parameters", "loss weight", "default"): 12,
        ("parameters", "loss weight", "default", "number"): 12,
        ("parameters", "loss weight", "default", "as text"): 12,
        ("parameters", "loss weight", "choices"): 13,
        ("post",): 17,
        ("post", 0): 17,
        ("post", 0, "to"): 18,
        ("post", 1): 19,
        ("post", 1, "to"): 20,
        ("post", 1, "more"): 21,
        ("post", 1, "more", "cc"): 22,
    }


def test_the_line_ends_of_windows_count_as_one():
    assert lines_of(FILE.replace("\n", "\r\n")) == lines_of(FILE)


def test_a_letter_that_only_looks_like_a_line_end_is_none():
    assert lines_of('a = "x\u2028y\x85z"\nb = 1') == {("a",): 1, ("b",): 2}


VALUES = [
    "1", "-0.5", "true", "2026-10-01", "06:00:00", '"# no comment"', "'['", '"\\"\\\\"', "[1, 2]", "[]",
    '"""\n[x]\ny = 1\n"""', "'''\n\"\"\"\n# no\n'''", '"""a\\\n   b""" # comment', '[\n  "]", # ]\n\n  [1,\n 2],\n]',
]  # fmt: skip
WORDS = ["a", "b-c", "7", '"x y"', '"p.q"', "'[t]'", '"å"']


@st.composite
def files(draw):
    """A TOML file, and the line of each of its keys and tables."""
    lines: list[str] = []
    expected: dict[tuple, int] = {}
    table: tuple = ()
    arrays: dict[tuple, int] = {}
    inline = [(1, '"# { no comment"'), (2, "[1]")]
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["value", "value", "dotted", "inline", "table", "deep", "array", "within", "rest"]))
        word = draw(st.sampled_from(WORDS))
        # A key of its own each time, so that no file declares anything twice.
        key = f"k{number}" if word == "7" else word
        own = f"n{number}"
        name = key[1:-1] if key[0] in "'\"" else key
        line = len(lines) + 1
        if kind == "value":
            lines += f"{draw(st.sampled_from(['', '  ']))}{own} = {draw(st.sampled_from(VALUES))}".split("\n")
            expected[(*table, own)] = line
        elif kind == "dotted":
            lines.append(f"{own}.{key} . x = 1")
            expected |= {(*table, own): line, (*table, own, name): line, (*table, own, name, "x"): line}
        elif kind == "inline":
            lines.append(f"{own} = {{ {', '.join(f'i{i} = {value}' for i, value in inline)} }}")
            expected |= {(*table, own): line, (*table, own, "i1"): line, (*table, own, "i2"): line}
        elif kind == "table":
            lines.append(f"[{own}]  # [comment]")
            table = (own,)
            expected[table] = line
        elif kind == "deep":
            lines.append(f"  [ {own} . {key} ]")
            table = (own, name)
            expected |= {(own,): line, table: line}
        elif kind == "array":
            lines.append("[[many]]")
            arrays["many",] = arrays.get(("many",), -1) + 1
            table = ("many", arrays["many",])
            expected.setdefault(("many",), line)
            expected[table] = line
        elif kind == "within" and arrays:
            lines.append(f"[many.{own}]")
            table = ("many", arrays["many",], own)
            expected[table] = line
        else:
            lines += draw(st.sampled_from([[""], ["# [x]"], ["", "\t# y = 1", ""]]))
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"])), expected


def paths_of(value: object, path: tuple = ()) -> set[tuple]:
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        inner = list(enumerate(value))
    else:
        return set()
    return {(*path, key) for key, _ in inner} | {found for key, part in inner for found in paths_of(part, (*path, key))}


@given(files())
@example(("", {}))
def test_the_lines_are_those_on_which_the_keys_were_written(made):
    text, expected = made
    assert paths_of(tomllib.loads(text)) == set(expected)  # the standard library reads what was meant
    assert lines_of(text) == expected


@given(files(), st.sampled_from(['open = """', "open = [", "open = '''\n\nx"]))
def test_what_does_not_end_begins_on_its_line(made, unclosed):
    text = made[0].rstrip("\n")
    before = text + "\n" if text else ""
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(before + unclosed + "\n")
    assert first_unsound_line(before + unclosed + "\n") == before.count("\n") + 1


def test_a_mistake_stands_on_the_line_of_its_key_else_of_its_table_else_at_the_top():
    lines = lines_of('notebook = "a"\n\n[due]\nat = 1\n[parameters.weight]\nmin = 1\n[parameters.weight_of]\n')
    assert with_lines(
        [
            "[parameters.weight] default: is missing",
            "[parameters.weight_of] type: found None",
            "[parameters.weight] min: no such key",
            "[due] at: found 1",
            "due.at: found 1",
            "title: is missing",
            "notebook: notebooks/ has no 'a'",
            "notebooks: is another key",
        ],
        lines,
    ) == [
        "line 1: title: is missing",
        "line 1: notebook: notebooks/ has no 'a'",
        "line 1: notebooks: is another key",
        "line 4: [due] at: found 1",
        "line 4: due.at: found 1",
        "line 5: [parameters.weight] default: is missing",
        "line 6: [parameters.weight] min: no such key",
        "line 7: [parameters.weight_of] type: found None",
    ]
