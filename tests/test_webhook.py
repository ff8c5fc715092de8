"""A report's webhook against a real web server on this machine."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cxlib.reporting.post import PostError, post_report
from cxlib.reporting.post.settings import PostSettings
from cxlib.reporting.post.webhook import send_to_webhook
from tests.toy_post import FIGURES, Memory, make_definition, make_run

PATH = "/T00/hemlig-nyckel"
HOOK = PostSettings(webhook=True, link="https://intranet.example.org/rapporter")


@contextmanager
def web_server(*, status=200, answer=b"ok", waits=None, headers=()):
    """A server that keeps what it is sent; `waits` is an event that it waits for before it answers."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            if waits is not None:
                waits.wait(10)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield {"CX_WEBHOOK_URL": f"http://127.0.0.1:{server.server_port}{PATH}"}, taken
    finally:
        if waits is not None:
            waits.set()
        server.shutdown()
        thread.join(10)
        server.server_close()


def post(tmp_path, environment, *, history=None, **run):
    definition = make_definition(tmp_path, post=HOOK)
    return post_report(definition, make_run(tmp_path, **run), environment=environment, history=history)


def test_the_webhook_is_told_what_it_can_act_on_and_what_it_can_show(tmp_path):
    with web_server() as (environment, taken):
        assert post(tmp_path, environment) == ["the webhook was told"]
    ((path, headers, body),) = taken
    assert path == PATH
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    content = json.loads(body)
    text = content.pop("text")
    assert content == {
        "report": "monthly",
        "title": "Månadsrapport – åäö",
        "subtitle": "Oktober 2026 · Små & Co",
        "period": "2026-10",
        "segment": None,
        "study": "Små & Co",
        "language": "sv",
        "outcome": "done",
        "link": "https://intranet.example.org/rapporter/monthly/2026-10/report.html",
        "headline": FIGURES["headline"],
    }
    assert text.startswith("Månadsrapport – åäö\nOktober 2026 · Små & Co\n\n250 av 1\N{NO-BREAK SPACE}000 kunder")
    assert text.endswith("\nhttps://intranet.example.org/rapporter/monthly/2026-10/report.html\n")


def test_it_is_told_once(tmp_path):
    history = Memory()
    run = make_run(tmp_path)
    definition = make_definition(tmp_path, post=HOOK)
    with web_server() as (environment, taken):
        for told in (["the webhook was told"], []):
            assert post_report(definition, run, environment=environment, history=history) == told
    assert len(taken) == 1


def test_it_is_told_once_by_two_that_post_at_the_same_time(tmp_path):
    history, run = Memory(), make_run(tmp_path)
    definition = make_definition(tmp_path, post=HOOK)
    waits = threading.Event()
    with web_server(waits=waits) as (environment, taken), ThreadPoolExecutor(2) as both:
        told = [both.submit(post_report, definition, run, environment=environment, history=history)]
        while not taken:
            time.sleep(0.01)
        told.append(both.submit(post_report, definition, run, environment=environment, history=history))
        time.sleep(0.3)  # in which the second would ask who has it
        waits.set()
        assert [each.result(20) for each in told] == [["the webhook was told"], []]
    assert len(taken) == 1


def test_nothing_is_sent_where_nobody_can_be_kept_from_sending_it_too(tmp_path):
    run = make_run(tmp_path)
    (run.folder.parent.parent / ".building").write_text("no folder")
    with (
        web_server() as (environment, taken),
        pytest.raises(PostError, match=r"nothing was sent.*: file exists: .*building"),
    ):
        post_report(make_definition(tmp_path, post=HOOK), run, environment=environment, history=Memory())
    assert not taken


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (500, b"", r"the webhook refused with 500$"),
        (403, "fel: hemlig-nyckel\r\n\x1b[31m åäö".encode(), r"refused with 403: fel: .* åäö$"),
        (400, b"x" * 10_000, r"refused with 400: x{300}$"),
    ],
)
def test_a_refusal_is_an_error_with_the_servers_words(tmp_path, status, answer, says):
    history = Memory()
    with (
        web_server(status=status, answer=answer) as (environment, taken),
        pytest.raises(PostError, match=says) as failed,
    ):
        post(tmp_path, environment, history=history)
    assert len(taken) == 1 and not history.noted and failed.value.sent == ()


@pytest.mark.parametrize("before", [0, 285])
def test_a_refusal_that_repeats_the_path_does_not_show_it(before):
    answer = b"x" * before + f"Cannot POST {PATH}".encode()
    with web_server(status=404, answer=answer) as (environment, _), pytest.raises(PostError) as failed:
        send_to_webhook({"text": "here"}, environment=environment)
    assert str(failed.value).startswith("the webhook refused with 404: ")
    assert "hemlig" not in str(failed.value) and "/T00" not in str(failed.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_told_elsewhere(tmp_path, status):
    with (
        web_server() as (elsewhere, found),
        web_server(status=status, headers=[("Location", elsewhere["CX_WEBHOOK_URL"])]) as (environment, taken),
        pytest.raises(
            PostError, match=rf"sends elsewhere \({status}\).*set CX_WEBHOOK_URL to the final address"
        ) as failed,
    ):
        post(tmp_path, environment)
    assert len(taken) == 1 and not found
    assert "hemlig" not in str(failed.value)


def test_a_slow_webhook():
    with (
        web_server(waits=threading.Event()) as (environment, _),
        pytest.raises(PostError, match=r"did not answer within 0\.05 seconds") as failed,
    ):
        send_to_webhook({"text": "åäö"}, environment=environment, timeout_seconds=0.05)
    assert "hemlig" not in str(failed.value)


def test_a_webhook_that_is_not_there(tmp_path):
    with web_server() as (environment, _):
        pass
    with pytest.raises(PostError, match=r"the webhook cannot be reached: connection refused$"):
        post(tmp_path, environment)


def test_a_webhook_without_an_address(tmp_path):
    with pytest.raises(PostError, match="CX_WEBHOOK_URL: is not set in the environment"):
        post(tmp_path, {})


def test_one_that_fails_stops_no_other(tmp_path):
    settings = PostSettings(to=("md@example.org",), webhook=True)
    definition = make_definition(tmp_path, post=settings)
    with (
        web_server() as (environment, taken),
        pytest.raises(PostError, match="the environment does not say how to send mail") as failed,
    ):
        post_report(definition, make_run(tmp_path), environment=environment)
    assert len(taken) == 1
    assert failed.value.sent == ("the webhook was told",)


def test_a_report_whose_figures_are_others(tmp_path):
    with web_server() as (environment, taken):
        post(tmp_path, environment, figures={"answer": 42}, language="en")
    content = json.loads(taken[0][2])
    assert content["headline"] == {}
    assert content["text"] == (
        "Monthly report\nOctober 2026 · Små & Co\n\n"
        "https://intranet.example.org/rapporter/monthly/2026-10/report.html\n"
    )
