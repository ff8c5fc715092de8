"""The mail server and the secrets, as the environment gives them."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.reporting.post import PostError
from cxlib.reporting.post.environment import mail_server_from, webhook_address_from, without_secrets

LEAST = {"CX_SMTP_HOST": "mail.example.org", "CX_SMTP_FROM": "reports@example.org"}


@pytest.mark.parametrize(
    ("given", "security", "port"),
    [
        ({}, "starttls", 587),
        ({"CX_SMTP_SECURITY": "TLS"}, "tls", 465),
        ({"CX_SMTP_SECURITY": "tls", "CX_SMTP_PORT": "2465"}, "tls", 2465),
        ({"CX_SMTP_PORT": " 25 ", "CX_SMTP_SECURITY": ""}, "starttls", 25),
    ],
)
def test_the_port_follows_the_security_unless_it_is_given(given, security, port):
    server = mail_server_from(LEAST | given)
    assert (server.security, server.port, server.user, server.ca_file) == (security, port, None, None)


def test_all_mistakes_at_once_and_no_secret():
    with pytest.raises(PostError) as failed:
        mail_server_from(
            {
                "CX_SMTP_HOST": "anna:hemlig@mail",
                "CX_SMTP_PORT": "70000",
                "CX_SMTP_FROM": "anna",
                "CX_SMTP_SECURITY": "none",
                "CX_SMTP_PASSWORD": "hemlig",
                "CX_SMTP_CA_FILE": "/nowhere/ca.pem",
            }
        )
    assert str(failed.value).splitlines() == [
        "the environment does not say how to send mail:",
        "  - CX_SMTP_HOST: allowed: the name of a mail server, such as mail.example.org",
        "  - CX_SMTP_SECURITY: found 'none'; allowed: starttls, tls (mail is never sent in the open)",
        "  - CX_SMTP_PORT: found '70000'; allowed: a port's number, 1 to 65535",
        "  - CX_SMTP_FROM: allowed: the sender's address, such as reports@example.org or Reports <reports@example.org>",
        "  - CX_SMTP_USER and CX_SMTP_PASSWORD: give both, or none where the server asks for none",
        "  - CX_SMTP_CA_FILE: there is no file /nowhere/ca.pem",
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CX_SMTP_FROM", ""),
        ("CX_SMTP_FROM", "a@example.org\nBcc: b@example.org"),
        ("CX_SMTP_FROM", "A\nB <a@example.org>"),
        ("CX_SMTP_FROM", "a@example.org, b@example.org"),
        ("CX_SMTP_PORT", "0"),
        ("CX_SMTP_PORT", "٢٥"),
        ("CX_SMTP_PASSWORD", "hemligt-lösen"),
    ],
)
def test_a_wrong_value_is_named(variable, value):
    with pytest.raises(PostError, match=variable) as failed:
        mail_server_from(LEAST | {"CX_SMTP_USER": "cx", "CX_SMTP_PASSWORD": "x"} | {variable: value})
    assert "hemligt" not in str(failed.value)


def test_nothing_secret_is_shown_where_the_server_is_printed():
    server = mail_server_from(LEAST | {"CX_SMTP_USER": "anna-konto", "CX_SMTP_PASSWORD": "hemlig"})
    assert (server.user, server.password) == ("anna-konto", "hemlig")
    assert "anna-konto" not in repr(server) and "hemlig" not in repr(server)


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("reports@example.org", ""),
        ("Rapporter, åäö <reports@example.org>", "Rapporter, åäö"),
        ('"Rapporter" <reports@example.org>', "Rapporter"),
    ],
)
def test_a_sender_may_have_a_name(sender, name):
    found = mail_server_from(LEAST | {"CX_SMTP_FROM": sender}).sender
    assert (found.display_name, found.addr_spec) == (name, "reports@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "", "hooks.example.org/x", "http://hooks.example.org/x", "ftp://hooks.example.org", "https://",
        "https://hooks.example.org:port/hemlig", "https://hooks.example.org/a hemlig", "https://[hemlig",
        "http://localhost.example.org/hemlig", "https://hooks.exämple.org/hemlig", "file:///etc/hemlig",
    ],
)  # fmt: skip
def test_a_webhook_is_told_safely_or_not_at_all(address):
    with pytest.raises(PostError, match=r"CX_WEBHOOK_URL: is .* https://") as failed:
        webhook_address_from({"CX_WEBHOOK_URL": address})
    assert "hemlig" not in str(failed.value)


@pytest.mark.parametrize("address", ["https://hooks.example.org/T0/x?y=z", "http://localhost:8/x", "http://[::1]:8/x"])
def test_a_webhooks_address(address):
    assert webhook_address_from({"CX_WEBHOOK_URL": f" {address} "}) == address


@given(st.text(min_size=4, max_size=8), st.text(min_size=4, max_size=8), st.text(max_size=20))
def test_no_secret_stays_in_a_text(password, address, around):
    environment = {"CX_SMTP_PASSWORD": password, "CX_WEBHOOK_URL": address}
    said = without_secrets(around + password + around + address, environment)
    left = said.replace("(CX_SMTP_PASSWORD)", "\0").replace("(CX_WEBHOOK_URL)", "\0")
    for secret in {password.strip(), address.strip()}:
        if len(secret) >= 4 and "\0" not in secret:
            assert secret not in left


HOOK = "https://hooks.example.org/services/T00/B00/hemlig%2Dnyckel?token=kodordet&v=1"


@pytest.mark.parametrize(
    "said",
    [
        f"no such page: {HOOK}",
        "Cannot POST /services/T00/B00/hemlig%2Dnyckel?token=kodordet&v=1",
        "Cannot POST /services/T00/B00/hemlig%2Dnyckel",
        "Cannot POST /services/T00/B00/hemlig-nyckel",
        r'{"path": "\/services\/T00\/B00\/hemlig%2Dnyckel"}',
        "no such key: hemlig-nyckel",
        "bad token 'kodordet'",
    ],
)
def test_no_part_of_the_webhooks_address_that_is_secret_stays(said):
    scrubbed = without_secrets(said, {"CX_WEBHOOK_URL": HOOK})
    assert "(CX_WEBHOOK_URL)" in scrubbed
    assert "hemlig" not in scrubbed and "kodordet" not in scrubbed


def test_what_is_no_secret_of_the_webhooks_address_stays():
    said = "hooks.example.org refused POST / and /T00: v=1"
    assert without_secrets(said, {"CX_WEBHOOK_URL": HOOK}) == said


@pytest.mark.parametrize("sent", ["hemligt1", "cx-konto", "\0cx-konto\0hemligt1"])
def test_what_is_sent_of_a_password_is_as_secret(sent):
    environment = {"CX_SMTP_USER": "cx-konto", "CX_SMTP_PASSWORD": "hemligt1"}
    coded = b64encode(sent.encode()).decode()
    for said in (coded, coded.rstrip("=")):
        assert without_secrets(f"535 no: {said}", environment).startswith("535 no: (CX_SMTP_")
