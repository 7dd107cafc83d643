"""No request reaches a machine that is not on the public internet, however its address is written."""

import socket
import sys

import pytest

from airp.outbound import http
from airp.outbound.addresses import OutboundRefused, check_address, faces, host_of, parse_target
from airp.outbound.endpoints import AllowedHost
from airp.outbound.http import NameNotResolved, post
from tests import sandbox

NUMBERS = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:10.0.0.1]",
    "[::127.0.0.1]",
    "[::169.254.169.254]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "[::ffff:0:127.0.0.1]",
]
WRITTEN_OTHERWISE = [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "0",
    "0x0",
    "10.1",
    "2852039166",
    "0xa9fea9fe",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127.0.0.1.",
]
NAMES = {
    "inside.example.com": ["10.1.2.3"],
    "metadata.example.com": ["169.254.169.254"],
    "half.example.com": ["93.184.215.14", "127.0.0.1"],
    "half-six.example.com": ["93.184.215.14", "::1"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "nat64.example.com": ["64:ff9b::7f00:1"],
    "shared.example.com": ["100.64.3.2"],
    "unique-local.example.com": ["fd12:3456::1"],
}
URLS = [
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://hooks.example.com/",
    "javascript:alert(1)",
    "//hooks.example.com/",
    "https://",
    "https:///path",
    "https://user@hooks.example.com/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1#@hooks.example.com/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/",
    "https://hooks.example.com:https/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com/\r\nX-Evil: 1",
    "https://hooks.exa mple.com/",
    "https://hooks.example.com/#part",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    "https://-bad-.example.com/",
    "https://" + "a" * 64 + ".example.com/",
    "https://hooks.example.com/" + "a" * 2000,
    "https://ex\u00adample\u202e.com/",
]
TARGETS = [
    *(f"https://{number}/" for number in NUMBERS),
    *(f"https://{text}/" for text in WRITTEN_OTHERWISE),
    *(f"https://{name}:8443/x" for name in NAMES),
    *URLS,
]

connects: list[object] = []
sys.addaudithook(lambda event, arguments: connects.append(arguments[1]) if event == "socket.connect" else None)


def answer_for(host, port, *rest, **more):
    if host not in NAMES:
        return sandbox._getaddrinfo(host, port, *rest, **more, flags=0 if "local" in host else socket.AI_NUMERICHOST)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in NAMES[host]]


@pytest.fixture
def every_host_is_allowed(monkeypatch):
    monkeypatch.setattr(AllowedHost, "covers", lambda host: True)
    monkeypatch.setattr(http.socket, "getaddrinfo", answer_for)


def test_the_table_is_long_enough():
    assert len(set(TARGETS)) == len(TARGETS) >= 60


@pytest.mark.parametrize("url", TARGETS)
def test_a_hostile_target_is_refused_without_a_connection(url, every_host_is_allowed):
    connects.clear()
    with pytest.raises((OutboundRefused, NameNotResolved)):
        post(url, body=b"{}", headers={})
    assert connects == []


@pytest.mark.django_db
def test_a_public_host_that_nobody_allowed_is_refused():
    connects.clear()
    with pytest.raises(OutboundRefused, match=r"hooks\.example\.com is not on the list"):
        post("https://hooks.example.com/", body=b"{}", headers={})
    assert connects == []


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\nb", "a\x00", "ä"])
def test_a_header_that_could_smuggle_another_is_refused(value, every_host_is_allowed):
    with pytest.raises(OutboundRefused):
        post("https://hooks.example.com/", body=b"", headers={"X-Note": value})


@pytest.mark.parametrize(
    "number", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_pass(number):
    address = http.ipaddress.ip_address(number)
    check_address(address)
    assert faces(address)


@pytest.mark.parametrize(
    ("text", "host"),
    [("Hooks.Example.COM.", "hooks.example.com"), ("bücher.example", "xn--bcher-kva.example"), ("::0001", "::1")],
)
def test_a_host_has_one_form(text, host):
    assert host_of(text) == host


def test_a_good_address_is_kept_as_it_is():
    target = parse_target("https://Hooks.Example.com:8443/a/b?c=d")
    assert target.url == "https://hooks.example.com:8443/a/b?c=d"
    assert (target.host, target.port) == ("hooks.example.com", 8443)


def test_a_resolver_that_hangs_is_given_up_after_two_seconds(every_host_is_allowed, monkeypatch):
    monkeypatch.setattr(http, "DNS_SECONDS", 0.1)
    monkeypatch.setattr(http, "_look_up", lambda host, port, answers: None)
    with pytest.raises(NameNotResolved):
        post("https://slow.example.com/", body=b"", headers={})
