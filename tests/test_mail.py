"""A report's mail against a real mail server: what arrives, and what is refused."""

import socket
from email import policy
from email.headerregistry import Address
from email.parser import BytesParser

import pytest

from cxlib.reporting.post import PostError, post_report
from cxlib.reporting.post.environment import MailServer
from cxlib.reporting.post.mail import mail_connection
from cxlib.reporting.post.settings import PostSettings
from tests.toy_post import (
    PASSWORD,
    USER,
    Memory,
    mail_server,
    make_definition,
    make_run,
)

TO = PostSettings(to=("md@example.org", "cfo@example.org"))


def send(tmp_path, environment, *, post=TO, history=None, **run):
    definition = make_definition(tmp_path, post=post)
    return post_report(definition, make_run(tmp_path, **run), environment=environment, history=history)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_arrives_whole(tmp_path, security):
    post = PostSettings(
        to=("md@example.org",), cc=("board@example.org",), bcc=("archive@example.org",), attach=("html", "pdf", "xlsx")
    )
    with mail_server(security=security, with_login=True, folder=tmp_path) as box:
        told = send(tmp_path, box.environment, post=post)
    assert told == [
        "mailed to md@example.org, board@example.org, archive@example.org with monthly_2026-10.html, "
        "monthly_2026-10.pdf, monthly_2026-10.xlsx"
    ]
    ((sender, recipients, content),) = box.envelopes
    assert sender == "reports@example.org"
    assert recipients == ["md@example.org", "board@example.org", "archive@example.org"]
    (message,) = box.messages
    assert message["From"] == "Rapporter åäö <reports@example.org>"
    assert (message["To"], message["Cc"], message["Bcc"]) == ("md@example.org", "board@example.org", None)
    assert b"archive@example.org" not in content
    assert message["Reply-To"] == "owner@example.org"
    assert message["Subject"] == "Månadsrapport – åäö: Oktober 2026 · Små & Co"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime.tzinfo is not None
    assert content.isascii()
    for subtype in ("plain", "html"):
        body = message.get_body((subtype,)).get_content()
        assert "Månadsrapport – åäö" in body
        assert "25,0\N{NO-BREAK SPACE}%" in body


def test_attachments_arrive_byte_for_byte(tmp_path):
    post = PostSettings(to=("md@example.org",), attach=("html", "pdf", "xlsx", "pptx"))
    with mail_server(folder=tmp_path) as box:
        send(tmp_path, box.environment, post=post)
    found = {part.get_filename(): part for part in box.messages[0].iter_attachments()}
    assert {name: part.get_content_type() for name, part in found.items()} == {
        "monthly_2026-10.html": "text/html",
        "monthly_2026-10.pdf": "application/pdf",
        "monthly_2026-10.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "monthly_2026-10.pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
    for name, part in found.items():
        there = tmp_path / "reports" / "monthly" / "2026-10" / f"report.{name.rpartition('.')[2]}"
        assert part.get_payload(decode=True) == there.read_bytes(), name


def test_without_post_nothing_is_sent(tmp_path):
    definition = make_definition(tmp_path, post=None)
    assert post_report(definition, make_run(tmp_path), environment={}) == []


def test_whoever_has_the_mail_does_not_get_it_again(tmp_path):
    history = Memory()
    run = make_run(tmp_path)
    first, both = (make_definition(tmp_path, post=PostSettings(to=to)) for to in (TO.to[:1], TO.to))
    with mail_server(folder=tmp_path) as box:
        for definition in (first, first, both):
            post_report(definition, run, environment=box.environment, history=history)
        assert [recipients for _, recipients, _ in box.envelopes] == [["md@example.org"], ["cfo@example.org"]]
        post_report(both, run, environment=box.environment, history=history, again=True)
    assert box.envelopes[2][1] == list(TO.to)


def test_a_refused_recipient_stops_no_other_and_is_tried_again(tmp_path):
    history = Memory()
    run = make_run(tmp_path)
    definition = make_definition(tmp_path, post=TO)
    with mail_server(unknown=("cfo@example.org",), folder=tmp_path) as box:
        with pytest.raises(
            PostError, match=r"refused cfo@example.org: 550 5.1.1 no box for <cfo@example.org>"
        ) as failed:
            post_report(definition, run, environment=box.environment, history=history)
        assert failed.value.sent == ("mailed to md@example.org",)
        box.unknown = ()
        assert post_report(definition, run, environment=box.environment, history=history) == [
            "mailed to cfo@example.org"
        ]
    assert [recipients for _, recipients, _ in box.envelopes] == [["md@example.org"], ["cfo@example.org"]]


def test_all_recipients_refused(tmp_path):
    history = Memory()
    with (
        mail_server(unknown=TO.to, folder=tmp_path) as box,
        pytest.raises(PostError, match=r"refused md@example.org: 550 .*; the mail server refused cfo@") as failed,
    ):
        send(tmp_path, box.environment, history=history)
    assert not box.envelopes and not history.noted and failed.value.sent == ()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path, security):
    with (
        mail_server(security=security, with_login=True, folder=tmp_path) as box,
        pytest.raises(PostError, match=r"cannot be trusted: .*; check CX_SMTP_HOST.*CX_SMTP_CA_FILE") as failed,
    ):
        del box.environment["CX_SMTP_CA_FILE"]
        send(tmp_path, box.environment)
    refused_without_a_word(box, failed)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_refused(tmp_path, security):
    with (
        mail_server(security=security, named="mail.example.org", with_login=True, folder=tmp_path) as box,
        pytest.raises(PostError, match="cannot be trusted: Hostname mismatch") as failed,
    ):
        send(tmp_path, box.environment)
    refused_without_a_word(box, failed)


def test_a_server_without_starttls_is_refused_and_told_nothing(tmp_path):
    with (
        mail_server(security=None, folder=tmp_path) as box,
        pytest.raises(PostError, match=r"does not offer STARTTLS, and mail is never sent in the open") as failed,
    ):
        box.environment |= {"CX_SMTP_USER": USER, "CX_SMTP_PASSWORD": PASSWORD}
        send(tmp_path, box.environment)
    refused_without_a_word(box, failed)
    assert box.commands  # it was spoken to, and these are all the words
    assert b"".join(box.commands).split()[0].lower() == b"ehlo"
    assert not any(word in b"".join(box.commands) for word in (b"AUTH", b"MAIL", b"md@example.org"))


def test_tls_where_the_server_speaks_in_the_open_first(tmp_path):
    with (
        mail_server(security="starttls", folder=tmp_path) as box,
        pytest.raises(PostError, match=r"does not speak TLS as CX_SMTP_SECURITY=tls expects it .*; try starttls"),
    ):
        send(tmp_path, box.environment | {"CX_SMTP_SECURITY": "tls"})


def test_a_wrong_password(tmp_path):
    with (
        mail_server(with_login=True, folder=tmp_path) as box,
        pytest.raises(PostError, match=r"did not accept CX_SMTP_USER with CX_SMTP_PASSWORD \(535\)") as failed,
    ):
        send(tmp_path, box.environment | {"CX_SMTP_PASSWORD": "Hemligt-men-fel"})
    refused_without_a_word(box, failed)
    assert "Hemligt-men-fel" not in str(failed.value)


def test_a_server_that_takes_no_login(tmp_path):
    with mail_server(folder=tmp_path) as box, pytest.raises(PostError, match="leave CX_SMTP_USER and CX_SMTP_PASSWORD"):
        send(tmp_path, box.environment | {"CX_SMTP_USER": USER, "CX_SMTP_PASSWORD": PASSWORD})


def test_a_server_that_is_not_there(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # taken, and nobody listens
        environment = {
            "CX_SMTP_HOST": "127.0.0.1",
            "CX_SMTP_PORT": str(free.getsockname()[1]),
            "CX_SMTP_FROM": "reports@example.org",
        }
        with pytest.raises(
            PostError, match=r"the mail server 127.0.0.1, port \d+, cannot be reached: connection refused"
        ):
            send(tmp_path, environment)


def test_a_server_that_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer(
            host="127.0.0.1", port=silent.getsockname()[1], sender=Address(addr_spec="reports@example.org")
        )
        with (
            pytest.raises(PostError, match=r"did not answer within 0\.05 seconds"),
            mail_connection(server, environment={}, timeout_seconds=0.05),
        ):
            pytest.fail("there is no connection")


def test_a_mail_that_the_server_finds_too_large_goes_without_its_files(tmp_path):
    post = PostSettings(to=("md@example.org",), attach=("pdf",), link="https://intranet.example.org/r")
    definition = make_definition(tmp_path, post=post)
    run = make_run(tmp_path)
    (run.folder / "report.pdf").write_bytes(b"x" * 120_000)
    with mail_server(most_bytes=100_000, folder=tmp_path) as box:
        assert post_report(definition, run, environment=box.environment) == [
            "mailed to md@example.org, without its files, which are too large"
        ]
    (message,) = box.messages
    assert not list(message.iter_attachments())
    text = message.get_body(("plain",)).get_content()
    assert "Filerna är tillsammans 0,2 MB, för mycket för ett mejl (högst 0,1 MB)" in text
    assert "https://intranet.example.org/r/monthly/2026-10/report.html" in text


def test_a_file_that_is_not_there_cannot_be_attached(tmp_path):
    post = PostSettings(to=("md@example.org",), attach=("pdf", "pptx"))
    run = make_run(tmp_path)
    (run.folder / "report.pptx").unlink()
    with (
        mail_server(folder=tmp_path) as box,
        pytest.raises(PostError, match=r"2026-10 has no report.pptx to attach; make the report anew with --again"),
    ):
        post_report(make_definition(tmp_path, post=post), run, environment=box.environment)
    assert not box.envelopes


def test_a_folder_without_a_report(tmp_path):
    run = make_run(tmp_path)
    (run.folder / "run.json").unlink()
    with pytest.raises(PostError, match=r"2026-10 holds no report that says of itself what it is \(run.json\)"):
        post_report(make_definition(tmp_path, post=TO), run, environment={})


def test_what_is_written_in_a_study_cannot_add_a_header(tmp_path):
    evil = "Oktober\r\nBcc: spy@example.org\n\nHej \u202e\x00"
    with mail_server(folder=tmp_path) as box:
        send(tmp_path, box.environment, subtitle=evil)
    ((_, recipients, content),) = box.envelopes
    assert recipients == list(TO.to)
    head = BytesParser(policy=policy.default).parsebytes(content, headersonly=True)
    assert head["Bcc"] is None
    assert head["Subject"] == "Månadsrapport – åäö: Oktober Bcc: spy@example.org Hej"


def refused_without_a_word(box, failed):
    assert not box.envelopes
    assert PASSWORD not in str(failed.value) and USER not in str(failed.value)
