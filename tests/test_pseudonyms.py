"""Pseudonyms, their key, and the lists that name customers by them."""

import base64
import csv
import hashlib
import hmac
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.confidentiality import pseudonym
from cxlib.errors import ParameterError
from cxlib.reporting.post.environment import for_notebooks, without_secrets
from cxlib.reporting.pseudonym_key import KEY, KEY_FILE, pseudonym_key
from tests.test_overdue import CASES_CSV
from tests.toy_project import make_project

SECRET = "0123456789abcdef-och-å"
CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_it_is_the_hmac_of_the_id_in_base_32():
    # the first 60 bits by base64's own base 32, whose letters are only others
    digest = hmac.new(SECRET.encode(), "customer\0Å1".encode(), hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode()[:12].translate(CROCKFORD)
    assert cx.pseudonyms(pd.Series(["Å1"]), key=SECRET).tolist() == [f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"]


def test_the_same_key_gives_the_same_and_another_key_or_kind_another():
    ids = pd.Series(["a", "b", None, "a"], index=[7, 8, 9, 10], name="customer_id")
    found = cx.pseudonyms(ids, key=SECRET)
    assert found.index.equals(ids.index) and found.name == "customer_id"
    assert found[7] == found[10] != found[8] and pd.isna(found[9])
    assert cx.pseudonyms(ids, key=SECRET.encode()).equals(found)
    for other in ({"key": SECRET + "!"}, {"key": SECRET, "kind": "case"}):
        assert not set(cx.pseudonyms(ids, **other).dropna()) & set(found.dropna())
    assert cx.pseudonyms(pd.Series([1, 2]), key=SECRET)[0] == cx.pseudonyms(pd.Series(["1"]), key=SECRET)[0]


def test_a_number_has_one_pseudonym_with_and_without_a_missing_one_beside_it():
    whole = cx.pseudonyms(pd.Series([1, 20]), key=SECRET)
    for kind in ("float64", "Int64", "Float64", "object", "category", "int8"):
        assert cx.pseudonyms(pd.Series([1, 20]).astype(kind), key=SECRET).tolist() == whole.tolist(), kind
    beside = cx.pseudonyms(pd.Series([1, None, 20], index=["a", "a", "b"]), key=SECRET)
    assert beside.iloc[[0, 2]].tolist() == whole.tolist() and pd.isna(beside.iloc[1])
    assert list(beside.index) == ["a", "a", "b"]
    assert len(set(cx.pseudonyms(pd.Series([-0.0, 0.0]), key=SECRET))) == 1
    # a text is as it is written
    assert cx.pseudonyms(pd.Series(["1.0"]), key=SECRET)[0] != whole[0]


@pytest.mark.parametrize("key", [16, 12345, True, None, [1] * 16, 1e9, bytearray(range(16))])
def test_a_key_is_text_or_bytes(key):
    # bytes(16) is sixteen zeros, which anybody would try
    with pytest.raises(ParameterError, match=rf"key .* of type {type(key).__name__}; allowed: str or bytes.*token_hex"):
        cx.pseudonyms(pd.Series(["a"]), key=key)


@pytest.mark.parametrize("key", [bytes(16), "x" * 40, b"\xff" * 16])
def test_a_key_of_one_byte_repeated_is_no_secret(key):
    with pytest.raises(ParameterError, match=r"one byte repeated.*token_hex") as caught:
        cx.pseudonyms(pd.Series(["a"]), key=key)
    assert str(key) not in str(caught.value)


def test_ids_come_as_a_series():
    with pytest.raises(ParameterError, match=r"ids is a list; allowed: a Series, such as customers\['customer_id'\]"):
        cx.pseudonyms(["a", "b"], key=SECRET)


@pytest.mark.parametrize("number", [1.5, float("inf"), 2.0**53])
def test_a_float_that_may_be_no_id_is_refused(number):
    with pytest.raises(ParameterError, match=r"an id is the float .*read the column as text"):
        cx.pseudonyms(pd.Series([1.0, number]), key=SECRET)


@given(st.sets(st.text(max_size=8), max_size=30))
def test_they_are_apart_and_readable(ids):
    found = cx.pseudonyms(pd.Series(sorted(ids), dtype="str"), key=SECRET)
    assert found.nunique() == len(ids)
    assert found.str.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}").all()


def test_a_short_key_and_two_alike_are_refused(monkeypatch):
    with pytest.raises(ParameterError, match="has 15 bytes; allowed: at least 16"):
        cx.pseudonyms(pd.Series(["a"]), key="a" * 15)
    monkeypatch.setattr(pseudonym, "_pseudonym", lambda *_: "0000-0000-0000")
    with pytest.raises(ParameterError, match="two ids have the same pseudonym"):
        cx.pseudonyms(pd.Series(["a", "b"]), key=SECRET)


# ---- the key ----


def test_the_key_is_in_the_environment_or_in_a_file_of_its_own(tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    assert pseudonym_key({KEY: f" {SECRET}\n"}, reports=reports) == SECRET.encode()
    file = tmp_path / "key"
    file.write_text(SECRET + "\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"can be read by others than its owner; use `chmod 600"):
        pseudonym_key({KEY_FILE: str(file)}, reports=reports)
    file.chmod(0o600)
    assert pseudonym_key({KEY_FILE: str(file)}, reports=reports) == SECRET.encode()
    (reports / "key").symlink_to(file)
    assert pseudonym_key({KEY_FILE: str(reports / "key")}, reports=reports) == SECRET.encode()
    with pytest.raises(ParameterError, match="lies among the reports"):
        pseudonym_key({KEY_FILE: str(file)}, reports=tmp_path)
    with pytest.raises(ParameterError, match="none cannot be read: "):
        pseudonym_key({KEY_FILE: str(tmp_path / "none")}, reports=reports)


@pytest.mark.parametrize(("given", "said"), [({}, "neither is set"), ({KEY: SECRET, KEY_FILE: "x"}, "both are set")])
def test_one_key_is_needed_and_no_message_holds_it(tmp_path, given, said):
    with pytest.raises(ParameterError, match=said) as refused:
        pseudonym_key(given, reports=tmp_path)
    assert SECRET not in str(refused.value)


def test_no_notebook_is_given_the_key_and_no_message_repeats_it():
    environment = {KEY: SECRET, KEY_FILE: "/keys/cx", "TZ": "UTC"}
    assert for_notebooks(environment) == {"TZ": "UTC"}
    assert SECRET not in without_secrets(f"failed with {SECRET}", environment)


# ---- the lists ----


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))


def test_the_alarm_list_names_customers_by_pseudonyms(cx_command, tmp_path, monkeypatch):
    monkeypatch.chdir(make_project(tmp_path))
    code, out, err = cx_command("alarms", "toy", "--period", "2026-10", "--pseudonyms")
    assert code == 2 and "pseudonyms need a key" in err and not out
    monkeypatch.setenv(KEY, SECRET)
    plain = rows_of(cx_command("alarms", "toy", "--period", "2026-10")[1])
    code, out, _ = cx_command("alarms", "toy", "--period", "2026-10", "--pseudonyms")
    assert code == 0
    expected = cx.pseudonyms(pd.Series([row["Customer"] for row in plain]), key=SECRET)
    assert [row["Customer"] for row in rows_of(out)] == list(expected)
    assert [row | {"Customer": ""} for row in rows_of(out)] == [row | {"Customer": ""} for row in plain]


def test_the_overdue_list_names_neither_customer_nor_case_nor_what_was_done(cx_command, tmp_path, monkeypatch):
    project = make_project(tmp_path)
    (project / "data" / "small" / "cases.csv").write_text(CASES_CSV, encoding="utf-8")
    monkeypatch.chdir(project)
    monkeypatch.setenv(KEY, SECRET)
    plain = rows_of(cx_command("overdue", "toy")[1])
    hidden = rows_of(cx_command("overdue", "toy", "--pseudonyms")[1])
    assert [row["Case"] for row in hidden] == list(
        cx.pseudonyms(pd.Series([row["Case"] for row in plain]), key=SECRET, kind="case")
    )
    assert [row["Customer"] for row in hidden] == list(
        cx.pseudonyms(pd.Series([row["Customer"] for row in plain]), key=SECRET)
    )
    assert any(row["Measure taken"] for row in plain) and not any(row["Measure taken"] for row in hidden)
