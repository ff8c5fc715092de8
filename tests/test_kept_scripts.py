"""The scripts that charts are drawn with: packed once on a machine, never half, the same as packed now."""

from pathlib import Path

import altair as alt
import pytest
import vl_convert

from cxlib.kept_scripts import kept_script
from cxlib.panels.live import _packed, offline_chart
from cxlib.reporting.outputs.page import chart_bundle


class Packed:
    """Gives a script and counts how often it was asked."""

    def __init__(self, script: str = "draw('å\r\n')") -> None:
        self.script, self.n = script, 0

    def __call__(self) -> str:
        self.n += 1
        return self.script


def test_a_script_is_packed_once_and_comes_back_to_the_letter(tmp_path):
    pack = Packed()
    assert kept_script("one", pack, folder=tmp_path / "new") == pack.script
    assert kept_script("one", pack, folder=tmp_path / "new") == pack.script
    assert pack.n == 1
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".js"]


def test_scripts_of_other_names_and_versions_are_others(tmp_path, monkeypatch):
    first, second, third = Packed("1"), Packed("2"), Packed("3")
    assert kept_script("one", first, folder=tmp_path) == "1"
    assert kept_script("two", second, folder=tmp_path) == "2"
    monkeypatch.setattr("cxlib.kept_scripts.version", lambda package: "99.0")
    assert kept_script("one", third, folder=tmp_path) == "3"


@pytest.mark.parametrize("damage", [b"", b"0" * 64 + b"\ndraw()", b"no line", b"\xff\n\xff"])
def test_a_file_that_is_not_whole_is_packed_anew(tmp_path, damage):
    pack = Packed()
    kept_script("one", pack, folder=tmp_path)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    for broken in (damage, whole[:-1]):
        file.write_bytes(broken)
        assert kept_script("one", pack, folder=tmp_path) == pack.script
        assert file.read_bytes() == whole
    assert pack.n == 3


def test_where_nothing_can_be_written_it_is_packed_each_time(tmp_path):
    (tmp_path / "file").write_text("in the way")
    pack = Packed()
    for _ in range(2):
        assert kept_script("one", pack, folder=tmp_path / "file" / "below") == pack.script
    assert pack.n == 2


def test_a_user_without_a_home_leaves_nothing_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cxlib.kept_scripts.user_cache_path", lambda *_, **__: Path("~/.cache/cxlib"))
    assert kept_script("one", Packed("draw()")) == "draw()"
    assert not list(tmp_path.iterdir())


def test_what_stops_the_writing_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        kept_script("one", Packed(), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_pages_have_the_script_of_their_libraries():
    assert chart_bundle() == vl_convert.javascript_bundle().replace("\r\n", "\n").replace("\r", "\n")


def test_panels_have_the_script_of_their_libraries_and_other_charts_keep_theirs():
    class Offline(alt.JupyterChart):
        pass

    others = alt.JupyterChart._esm
    assert _packed() == offline_chart()._esm
    assert alt.JupyterChart._esm == others
    Offline.enable_offline()
    assert offline_chart()._esm == Offline._esm
