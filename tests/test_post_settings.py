"""The table [post] of a definition: what it may say, and that it says nothing secret."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxlib.reporting.post.settings import PostSettings, is_address, post_settings_from


def mistakes_of(**entry):
    settings, mistakes = post_settings_from(entry)
    assert (settings is None) == bool(mistakes)
    return mistakes


def test_without_the_table_nothing_is_sent():
    assert post_settings_from(None) == (None, [])


def test_a_whole_table():
    settings, mistakes = post_settings_from(
        {
            "to": ["md@example.org", "cfo@example.org"],
            "cc": ["board@example.org"],
            "bcc": ["archive@example.org"],
            "segments": {"Små hus": ["house@example.org", "md@example.org"], "Farm": []},
            "attach": ["xlsx", "pdf", "pdf"],
            "link": "https://intranet.example.org/reports/",
            "webhook": True,
        }
    )
    assert not mistakes
    assert settings == PostSettings(
        to=("md@example.org", "cfo@example.org"),
        cc=("board@example.org",),
        bcc=("archive@example.org",),
        segments={"Små hus": ("house@example.org", "md@example.org")},
        attach=("pdf", "xlsx"),
        link="https://intranet.example.org/reports",
        webhook=True,
    )
    assert settings.recipients(None) == (
        "md@example.org", "cfo@example.org", "board@example.org", "archive@example.org",
    )  # fmt: skip


def test_a_segments_report_goes_to_those_alone_who_are_named_for_it():
    settings, _ = post_settings_from({"to": ["md@example.org"], "segments": {"House": ["house@example.org"]}})
    assert settings.recipients("House") == ("house@example.org",)
    assert settings.recipients("Farm") == ()
    assert settings.recipients(None) == ("md@example.org",)


def test_with_an_owner_the_table_may_be_empty():
    assert post_settings_from({}, owner="owner@example.org") == (PostSettings(), [])


def test_all_mistakes_at_once():
    found = mistakes_of(
        to=["md"], cc="board@example.org", attach=["pfd", 3], link="intranet/reports", webhook="yes", tow=["a@b.org"]
    )
    assert [mistake.partition(":")[0] for mistake in found] == [
        "[post] tow", "[post] to", "[post] cc", "[post] attach", "[post] attach", "[post] link", "[post] webhook",
    ]  # fmt: skip
    assert found[0].startswith("[post] tow: no such key; did you mean 'to'?")
    assert found[1] == "[post] to: found 'md'; allowed: a plain mail address such as 'name@example.org'"
    assert found[3] == "[post] attach: found 'pfd'; allowed: html, pdf, xlsx, pptx; did you mean 'pdf'?"
    assert "such as 'https://intranet.example.org/reports'" in found[5]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (["a@example.org"], r"\[post\]: is a table"),
        ({}, r"\[post\]: tells nobody"),
        ({"webhook": False}, r"\[post\]: tells nobody"),
        ({"webhook": True, "attach": ["pdf"]}, "attach: there is no mail"),
        ({"cc": ["a@example.org"]}, "cc: a copy of a mail to nobody"),
        ({"to": ["a@example.org"], "bcc": ["A@Example.org"]}, "a@example.org is named twice"),
        ({"segments": ["House"]}, r"segments: found \['House'\]; allowed: a table \[post.segments\]"),
        ({"segments": {"House": ["house"]}}, "segments.House: found 'house'; allowed: a plain mail address"),
        ({"segments": {"House": ["a@b.org", "A@b.org"]}}, "segments.House: a@b.org is named twice"),
        ({"to": ["a@example.org"], "attach": "pdf"}, "attach: found 'pdf'; allowed: a list of html, pdf, xlsx, pptx"),
        ({"to": ["a@example.org"], "link": "ftp://files.example.org"}, "link: found 'ftp://files.example.org'"),
        ({"to": ["a@example.org"], "link": "https://example.org:port"}, "link: found"),
        ({"to": ["a@example.org"], "link": "https://:80/reports"}, "link: found"),
        ({"to": ["a@example.org"], "link": "https://example.org/a?b=c"}, "link: found"),
        ({"to": ["a@example.org"], "link": 'https://example.org/"><b'}, "link: found"),
        ({"to": ["a@example.org"], "link": "https://example.org/\nBcc: b@example.org"}, "link: holds an @"),
    ],
)
def test_a_mistake_says_what_is_allowed(entry, says):
    settings, mistakes = post_settings_from(entry)
    assert settings is None
    assert len(mistakes) == 1
    assert re.search(says, mistakes[0])


def test_only_what_the_report_makes_can_be_attached():
    settings, mistakes = post_settings_from({"to": ["a@example.org"], "attach": ["pdf"]}, outputs=("html", "xlsx"))
    assert settings is None
    assert mistakes == ["[post] attach: 'pdf' is not among the report's outputs, which are html, xlsx"]
    assert post_settings_from({"to": ["a@example.org"], "attach": ["html"]}, outputs=("html", "xlsx"))[0]


@pytest.mark.parametrize("key", ["password", "smtp_password", "host", "user", "webhook_url", "api_token", "from"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(key):
    (found,) = mistakes_of(to=["a@example.org"], **{key: "Sommar2026"})
    assert "come from the environment" in found and "CX_SMTP_PASSWORD" in found
    assert "Sommar2026" not in found


def test_the_address_of_a_webhook_is_refused_and_not_repeated():
    (found,) = mistakes_of(webhook="https://hooks.example.org/T0/hemlig")
    assert "CX_WEBHOOK_URL" in found
    assert "hemlig" not in found


def test_a_password_in_the_link_is_refused_and_not_repeated():
    (found,) = mistakes_of(to=["a@example.org"], link="https://anna:hemlig@intranet.example.org")
    assert "holds an @" in found
    assert "hemlig" not in found


@pytest.mark.parametrize(
    "address", ["a@example.org", "anna.berg+cx@mail.example.org", "o'neil_{x}@exa-mple.co", f"{'a' * 64}@example.org"]
)
def test_addresses(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "a@", "@example.org", "a@example", "a@@example.org", "a b@example.org", "a@example.org ",
        "a@example..org", ".a@example.org", "a.@example.org", "a..b@example.org", "a@-example.org", "a@example-.org",
        "Anna <a@example.org>", "a@example.org, b@example.org", "a@example.org\n", "a@b.org\r\nBcc: c@d.org",
        "å@example.org", "a@exämple.org", '"a"@example.org', "a@[127.0.0.1]", f"{'a' * 65}@example.org",
        f"a@{'b' * 60}.{'b' * 60}.{'b' * 60}.{'b' * 60}.{'b' * 60}.org", 3, None,
    ],
)  # fmt: skip
def test_no_addresses(address):
    assert not is_address(address)


@given(st.text(max_size=20), st.text(max_size=20))
@example("a", "example.org\r\nX: y")
def test_an_address_cannot_break_out_of_a_header(local, domain):
    address = f"{local}@{domain}"
    if is_address(address):
        assert address.isascii() and address.isprintable()
        assert not set(address) & set(' <>,;:"()[]\\')
