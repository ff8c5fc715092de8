"""`cx workshop` as a server: who is let in, what is refused, and that nothing is left behind."""

import asyncio
import gzip
import json
import os
import re
import shutil
import signal
import socket
import stat
import time
import urllib.error
import urllib.request
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jinja2
import nbformat
import pytest
from traitlets.config import Config

from cxlib.errors import ParameterError
from cxlib.workshop.server import addresses, serve
from cxlib.workshop.server.notebook import NOTEBOOK, served_notebook
from cxlib.workshop.server.scripts import SETTLED_SECONDS
from cxlib.workshop.server.seats import Seats
from tests.workshop_server import ROOT, served_workshop

SOURCE = ROOT / "notebooks" / NOTEBOOK


# ---- what is served ----


def test_the_page_holds_the_parameters_and_nothing_for_the_analyst():
    page = served_notebook(SOURCE, study=ROOT / "data" / "demo", data_dir=None, language="sv")
    assert {cell.cell_type for cell in page.cells} == {"code"}
    code = "\n".join(cell.source for cell in page.cells)
    assert str(ROOT / "data" / "demo") in code and 'language = "sv"' in code
    assert "presets_chart" not in code and "load_study" not in code and "shared_panel" in code
    nbformat.validate(page)


def test_a_path_with_quotes_in_it_stays_a_path(tmp_path):
    folder = tmp_path / 'it\'s "ours"'
    page = served_notebook(SOURCE, study=folder, data_dir=folder, language="en")
    given = next(cell.source for cell in page.cells if "injected-parameters" in cell.metadata.tags)
    values: dict = {}
    exec(given, values)
    assert values["study_path"] == values["data_dir"] == str(folder.resolve())


SENTENCES = dict.fromkeys(serve.TEXTS, "…") | {"broken": "could not be shown", "language": "en"}


@pytest.mark.parametrize(
    ("outputs", "is_broken"),
    [
        ([], True),
        ([{"output_type": "display_data"}], False),
        ([{"output_type": "error"}], True),
        ([{"output_type": "stream"}], True),
    ],
    ids=["nothing came", "a scene", "an error", "printed words"],
)
def test_a_page_to_which_no_scene_came_says_so(outputs, is_broken):
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(serve.__file__).parent / "template"), undefined=jinja2.ChainableUndefined
    )
    templates.filters["trusted"] = lambda output: output
    cells = [{"outputs": []}, {"outputs": outputs}]
    page = templates.get_template("index.html.j2").render(
        resources={"workshop": SENTENCES, "base_url": "/"},
        page_config={},
        kernel_start=lambda nb: "a-kernel",
        cell_generator=lambda nb, kernel: cells,
        words=SENTENCES,
    )
    assert (page.count('role="alert">could not be shown') == 1) is is_broken


# ---- before anything is served ----


def test_without_voila_a_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    with pytest.raises(ParameterError, match=r'pip install "cxlib\[workshop\]"'):
        serve.check_voila()


def test_what_a_kernel_shows_may_come_late():
    execute = pytest.importorskip("voila.execute")
    patient = execute.VoilaExecutor(nbformat.v4.new_notebook(), config=Config(VoilaExecutor=serve.PATIENT))
    assert patient.iopub_timeout >= 30 and patient.raise_on_iopub_timeout


def test_a_kernel_that_has_just_started_is_not_idle():
    application = pytest.importorskip("cxlib.workshop.server.application", reason="Voila is not installed")
    kernels = application.WorkshopKernels(cull_idle_timeout=1)
    kernels._kernels["new"] = application.WorkshopKernel()
    with ThreadPoolExecutor(1) as pool:  # a loop may be running in this thread
        pool.submit(asyncio.run, kernels.cull_kernel_if_idle("new")).result()
    assert "new" in kernels


def test_kernels_that_end_while_the_dead_are_looked_for_are_no_problem(monkeypatch):
    application = pytest.importorskip("cxlib.workshop.server.application", reason="Voila is not installed")
    kernels = application.WorkshopKernels()
    monkeypatch.setattr(kernels, "list_kernel_ids", lambda: ["gone"])
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, kernels.forget_the_dead()).result()
        pool.submit(asyncio.run, kernels.cull_kernel_if_idle("gone")).result()


def test_a_taken_port_gives_the_next():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port < addresses.free_port("127.0.0.1", port) < port + addresses.PORTS_TRIED


def test_an_address_that_is_not_this_machines_is_refused():
    # TEST-NET-1, RFC 5737: nobody has it
    with pytest.raises(ParameterError, match=r"192\.0\.2\.1"):
        addresses.free_port("192.0.2.1", 8866)
    with pytest.raises(ParameterError, match=r"port 0: no port can be listened on"):
        addresses.free_port("192.0.2.1", 0)
    with pytest.raises(ParameterError, match=r"0\.0\.0\.0 for all"):
        addresses.free_port("::", 0)


def test_an_address_of_ipv6_is_listened_on_and_written_in_brackets():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert addresses.free_port("::1", 0) > 0
    assert addresses.links("::1", 80, "t") == ["http://[::1]:80/?token=t"]


def test_served_to_all_the_links_are_this_machines_own(monkeypatch):
    from jupyter_client import localinterfaces

    monkeypatch.setattr(localinterfaces, "public_ips", lambda: ["192.0.2.7", "198.51.100.7"])
    hosts = [urlsplit(link).hostname for link in addresses.links("0.0.0.0", 80, "t")]
    assert hosts == ["127.0.0.1", "192.0.2.7", "198.51.100.7"]
    assert addresses.links("127.0.0.1", 80, "t") == ["http://127.0.0.1:80/?token=t"]


def test_a_browser_is_started_with_a_file_that_leads_there_not_with_the_token(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(serve, "check_voila", lambda: None)
    monkeypatch.setattr(serve, "warm_server", lambda calls: nullcontext(None))
    monkeypatch.setattr(serve, "_run", lambda page, kernels, room, on_ready: (on_ready(), read(page.parent)))
    seen = []

    def read(folder):
        path = Path(unquote(urlsplit(opened[0]).path))
        assert path.parent == folder
        seen.append((stat.S_IMODE(path.stat().st_mode), path.read_text()))

    said = []
    serve.serve_workshop(SOURCE, ROOT / "data" / "demo", ip="127.0.0.1", port=0, token="secret", log=said.append)
    assert "secret" not in opened[0] and "token=secret" in said[0]
    mode, text = seen[0]
    assert mode == 0o600 and f'url={said[0]}"' in text


# ---- seats ----


def test_a_seat_is_taken_before_its_kernel_is_there():
    seats = Seats(2, is_running=lambda kernel_id: True)
    taken = [seats.take(visitor) for visitor in "abc"]
    assert [seat is not None for seat in taken] == [True, True, False]
    seats.leave(taken[0])  # its kernel did not start
    assert seats.take("c") is not None
    assert seats.take("d") is None


def test_a_seat_is_free_when_its_kernel_has_ended():
    running = {"k1"}
    seats = Seats(1, is_running=running.__contains__)
    seats.take("a").kernel_id = "k1"
    assert seats.take("b") is None
    running.clear()
    assert seats.take("b").ends is None


def test_in_a_full_room_ones_own_oldest_page_gives_way_and_nobody_elses():
    seats = Seats(3, is_running=lambda kernel_id: True)
    for visitor, kernel_id in [("b", "k0"), ("a", "k1"), ("a", "k2")]:
        seats.take(visitor).kernel_id = kernel_id
    assert seats.take("c") is None
    assert seats.take("a").ends == "k1"
    assert seats.take("a").ends == "k2"
    assert seats.take("a") is None  # both are still being started


def test_wrong_options_end_with_2(cx_command):
    pytest.importorskip("voila")
    assert cx_command("workshop", "--no-browser", "--language", "de")[0] == 2
    assert cx_command("workshop", "--no-browser", "--sessions", "0")[0] == 2
    assert cx_command("workshop", "--no-browser", "--port", "65536")[0] == 2


# ---- served ----


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    pytest.importorskip("voila", reason="Voila is not installed (the extra workshop)")
    with served_workshop(tmp_path_factory.mktemp("served"), "--sessions", "1") as workshop:
        yield workshop


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given):
        return None


def ask(address: str, *, method: str = "GET", cookie: str = "") -> tuple[int, dict, str]:
    """Status, headers and text of an answer; redirects are not followed."""
    request = urllib.request.Request(address, method=method, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode("utf-8", "replace")


def cookie_of(served) -> str:
    status, headers, _ = ask(served.link)
    assert status == 302 and "token" not in headers["Location"]
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Lax" in headers["Set-Cookie"]
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert served.link.partition("token=")[2] not in cookie
    return cookie


def leave(served, page: str, cookie: str) -> None:
    """Say what a page says when it is closed, and wait until its kernel has ended."""
    kernel = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page)[1])["kernelId"]
    assert ask(f"{served.address}/closed/{kernel}", method="POST", cookie=cookie)[0] == 204
    served.wait_for_kernels(0, seconds=20)


KERNEL = "12345678-1234-1234-1234-123456789012"


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/", "GET"),
        ("/?token=", "GET"),
        ("/?token=wrong", "GET"),
        ("/voila/static/voila.js", "GET"),
        ("/voila/static/voila-style.js", "GET"),
        ("/voila/templates/lab/static/voila.js", "GET"),
        ("/voila/labextensions/anywidget/package.json", "GET"),
        ("/voila/api/themes/x", "GET"),
        ("/voila/files/workshop.ipynb", "GET"),
        ("/voila/render/workshop.ipynb", "GET"),
        (f"/api/kernels/{KERNEL}", "GET"),
        (f"/api/kernels/{KERNEL}", "DELETE"),
        (f"/api/kernels/{KERNEL}/channels", "GET"),
        (f"/voila/api/shutdown/{KERNEL}", "POST"),
        (f"/closed/{KERNEL}", "POST"),
        ("/scripts/0123456789abcdef.js", "GET"),
        ("/login", "GET"),
        ("/api/status", "GET"),
        ("/etc/passwd", "GET"),
    ],
)
def test_whoever_has_no_token_gets_nothing(served, path, method):
    status, _, text = ask(served.address + path, method=method)
    assert status == 403
    assert "The link is not complete" in text and "Vinterlind" not in text


def test_another_cookie_opens_nothing(served):
    name, _, token = cookie_of(served).partition("=")
    for wrong in (f"{name}=", f"{name}={token[:-1]}", f"{name}={token}x", f"cx-workshop={token}",
                  f"{name}={served.link.partition('token=')[2]}"):  # fmt: skip
        assert ask(served.address, cookie=wrong)[0] == 403


def test_it_listens_on_this_machine_alone(served):
    port = int(served.address.rpartition(":")[2])
    listening = Path(f"/proc/{served.process.pid}/net/tcp").read_text().splitlines()[1:]
    of_port = [line.split()[1] for line in listening if line.split()[1].endswith(f":{port:04X}") and " 0A " in line]
    assert of_port == [f"0100007F:{port:04X}"]  # 127.0.0.1


def test_the_page_is_in_the_language_asks_no_network_and_holds_no_code(served):
    cookie = cookie_of(served)
    status, _, page = ask(served.address, cookie=cookie)
    assert status == 200
    assert '<html lang="en">' in page and "<title>The workshop · Vinterlind Elhandel</title>" in page
    assert "Starting a Python of your own" in page
    assert "load_study" not in page and "study_path" not in page
    # w3.org: names of namespaces, which nobody fetches
    outside = {host for host in re.findall(r"https?://([\w.-]+)", page) if not host.startswith("127.0.0.1")}
    assert outside <= {"www.w3.org"}
    kernel = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page)[1])["kernelId"]

    # one is as many as this server takes
    status, headers, full = ask(served.address, cookie=cookie_of(served))
    assert status == 503 and "The workshop is full" in full and headers["Retry-After"]
    assert '<meta http-equiv="refresh"' in full and 'rel="icon"' in full

    # but who loads the page anew is not thrown out
    status, _, page = ask(served.address, cookie=cookie)
    assert status == 200
    served.wait_for_kernels(1, seconds=20)
    before, kernel = kernel, json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page)[1])["kernelId"]
    assert ask(f"{served.address}/closed/{before}", method="POST", cookie=cookie)[0] == 204

    # what a page says when it is closed
    assert ask(f"{served.address}/closed/{kernel}", method="POST", cookie=cookie)[0] == 204
    served.wait_for_kernels(0, seconds=20)
    assert ask(f"{served.address}/closed/{kernel}", method="POST", cookie=cookie)[0] == 204


def test_what_pages_asked_for_piece_by_piece_is_given_as_one_file(served):
    from voila.paths import collect_static_paths

    folders = [Path(folder) for folder in collect_static_paths(["voila", "nbconvert"], "lab")]
    pieces = sorted({piece.name: piece for folder in folders for piece in folder.glob("[0-9]*.voila.js")}.items())[:2]
    cookie = cookie_of(served)
    for name, _ in pieces:
        status, headers, _ = ask(f"{served.address}/voila/static/{name}", cookie=cookie)
        # what a browser takes from its own store is asked for too, and so noticed
        assert (status, headers["Cache-Control"]) == (200, "no-cache")
    time.sleep(SETTLED_SECONDS + 1)
    page = ask(served.address, cookie=cookie)[2]
    (script,) = re.findall(r'src="(/scripts/\w+\.js)"', page)

    status, headers, plain = ask(served.address + script, cookie=cookie)
    assert status == 200 and "immutable" in headers["Cache-Control"] and "Content-Encoding" not in headers
    assert all(piece.read_text(encoding="utf-8") in plain for _, piece in pieces)
    asked = urllib.request.Request(served.address + script, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()).decode() == plain
    leave(served, page, cookie)


def test_a_kernel_that_died_is_not_started_again_and_its_seat_is_free(served):
    cookie = cookie_of(served)
    assert ask(served.address, cookie=cookie)[0] == 200
    (kernel,) = served.kernels()
    os.kill(kernel, signal.SIGKILL)
    served.wait_for_kernels(0, seconds=10)
    time.sleep(5)  # jupyter_client looks every three seconds whether to start one again
    assert served.kernels() == set()
    cookie = cookie_of(served)
    status, _, page = ask(served.address, cookie=cookie)
    assert status == 200
    served.wait_for_kernels(1, seconds=20)
    leave(served, page, cookie)


def test_other_extensions_of_jupyterlab_are_not_there(served):
    cookie = cookie_of(served)
    for path, status in (("anywidget/package.json", 200), ("jupyterlab_pygments/package.json", 404),
                         ("anywidget/../jupyterlab_pygments/package.json", 404)):  # fmt: skip
        assert ask(f"{served.address}/voila/labextensions/{path}", cookie=cookie)[0] == status, path


def test_of_many_who_come_at_once_as_many_are_let_in_as_there_are_seats(served):
    cookies = [cookie_of(served) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda cookie: ask(served.address, cookie=cookie), cookies))
    assert sorted(status for status, _, _ in answers) == [200, 503, 503, 503]
    served.wait_for_kernels(1, seconds=5)
    cookie, page = next((c, text) for c, (status, _, text) in zip(cookies, answers, strict=True) if status == 200)
    leave(served, page, cookie)


def test_the_link_leads_to_the_page_whatever_path_it_has(served):
    for link in (served.link, served.link.replace("/?", "//evil.example/x?"), served.link.replace("/?", "/x?a=b&")):
        status, headers, _ = ask(link)
        assert (status, headers["Location"]) == (302, "/")
    # with the cookie too: the token does not stay in the address
    status, headers, _ = ask(served.link, cookie=cookie_of(served))
    assert (status, headers["Location"]) == (302, "/") and "Set-Cookie" not in headers


def test_what_a_page_asks_in_vain_is_answered_without_noise(served):
    cookie = cookie_of(served)
    assert ask(f"{served.address}/voila/api/shutdown/{KERNEL}", method="POST", cookie=cookie)[0] == 204
    for path in (
        "/voila/labextensions/nothing/here.js",
        "/scripts/0123456789abcdef.js",
        "/voila/files/favicon.ico",
        "/nothing",
    ):
        status, _, text = ask(served.address + path, cookie=cookie)
        assert status in (403, 404) and "There is nothing here" in text, path
    said = served.log.read_text()
    for noise in ("not trusted", "_xsrf", "Uncaught", "Traceback"):
        assert noise not in said


def test_a_project_without_the_notebook_says_so(cx_command, tmp_path):
    pytest.importorskip("voila")
    for name in ("reports", "notebooks"):
        (tmp_path / name).mkdir()
    shutil.copytree(ROOT / "data" / "demo", tmp_path / "data" / "demo")
    code, _, said = cx_command("workshop", "--no-browser", "--project", str(tmp_path))
    assert code == 2 and NOTEBOOK in said


def test_asked_to_end_it_takes_its_kernels_along(served):
    """The last test of this server."""
    assert ask(served.address, cookie=cookie_of(served))[0] == 200
    served.wait_for_kernels(1, seconds=30)
    kernels = served.kernels()
    assert served.end(signal.SIGTERM) == 0
    assert not [pid for pid in kernels if Path(f"/proc/{pid}").exists()]
    said = served.log.read_text()
    assert said.startswith("Loading the study")  # before the link, for which one waits
    assert "nothing was left behind" in said and "Traceback" not in said
    assert list((served.log.parent / "tmp").iterdir()) == []


def test_ctrl_c_is_a_good_end_too(tmp_path):
    pytest.importorskip("voila")
    with served_workshop(tmp_path, "--language", "sv") as workshop:
        assert "Länken är inte hel" in ask(workshop.address)[2]
        assert workshop.end(signal.SIGINT) == 0
    assert "Traceback" not in workshop.log.read_text()
