"""Which addresses a request may go to: rules on the text of a URL and on the numbers it resolves to.

Nothing here touches the network. The text rules run when an endpoint is saved and again when it is used; the
number rules run on every record of the answer that the name resolves to, because texts such as `0x7f.1` or
`127.1` become loopback only in the resolver.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import idna
from django.conf import settings

ALLOWED_PORTS = frozenset({443, 8443})
URL_LIMIT = 2000
HOST_PATTERN = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
UNSAFE_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")
LOW_32_BITS = 0xFFFFFFFF


class OutboundRefused(Exception):
    """This request may not leave. The sentence says which rule it breaks."""

    code = "refused"


class AddressMalformed(OutboundRefused):
    code = "address_malformed"


class SchemeRefused(OutboundRefused):
    code = "scheme_refused"


class PortRefused(OutboundRefused):
    code = "port_refused"


class HostNotAllowed(OutboundRefused):
    code = "host_not_allowed"


class InnerAddress(OutboundRefused):
    """The name resolves to a machine that is not on the public internet."""

    code = "inner_address"


class HeaderRefused(OutboundRefused):
    code = "header_refused"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: what to resolve, where to connect, what to ask for."""

    scheme: str
    host: str
    port: int
    url: str


def parse_target(url: str) -> Target:
    """Take a URL apart. Raises OutboundRefused (a kind of it) when a rule forbids the text of it."""
    parts = _split(url)
    if "@" in parts.netloc:
        raise AddressMalformed("An address must not hold a user name or password.")
    host = host_of(parts.hostname or "")
    port = _port(parts)
    if parts.scheme != "https" and not _is_local_exception(parts.scheme, host):
        raise SchemeRefused("An address must start with https://.")
    if port not in ALLOWED_PORTS and not _is_local_exception(parts.scheme, host):
        raise PortRefused(f"Port {port} is not allowed; only 443 and 8443 are.")
    shown_host = f"[{host}]" if ":" in host else host
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port, url=f"{parts.scheme}://{shown_host}:{port}{path}")


def _split(url: str) -> SplitResult:
    if len(url) > URL_LIMIT or UNSAFE_CHARACTERS.search(url):
        raise AddressMalformed("An address must not hold blanks, control characters or backslashes, nor be endless.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise AddressMalformed("This is not an address.") from error
    if not parts.hostname or parts.fragment:
        raise AddressMalformed("An address needs a host and no fragment.")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise AddressMalformed("The port is not a number from 1 to 65535.") from error
    if port is None:
        return 443 if parts.scheme == "https" else 80
    return port


def _is_local_exception(scheme: str, host: str) -> bool:
    """Plain http to any port of this machine, for tests and the demo only."""
    if settings.OUTBOUND_LOOPBACK != "allowed" or scheme not in {"http", "https"}:
        return False
    return host == "localhost" or is_loopback_text(host)


def is_loopback_text(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(text: str) -> str:
    """The host in its one ASCII form. Raises AddressMalformed for anything that has none."""
    name = text.strip().rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not name.isascii():
        name = _punycode(name)
    if len(name) > 253 or not HOST_PATTERN.fullmatch(name):
        raise AddressMalformed("The host is not a name that the internet knows.")
    return name


def _punycode(name: str) -> str:
    try:
        return idna.encode(name).decode()
    except idna.IDNAError as error:
        raise AddressMalformed("The host holds characters that no host name may hold.") from error


def check_address(address: IPAddress) -> None:
    """Raise InnerAddress unless a request may connect to this number."""
    for face in faces(address):
        if settings.OUTBOUND_LOOPBACK == "allowed" and face.is_loopback:
            continue
        if not _is_public(face):
            raise InnerAddress(f"{address} is not a public address.")


def faces(address: IPAddress) -> list[IPAddress]:
    """The addresses that would really be reached: a gateway unwraps IPv4 from IPv6 and connects there."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [ipaddress.IPv4Address(int(address) & LOW_32_BITS)]
    wrapped = [address.sixtofour, *(address.teredo or ())]
    return [address, *(face for face in wrapped if face is not None)]


def _is_public(address: IPAddress) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address not in V4_COMPATIBLE and address not in SITE_LOCAL
    return True
