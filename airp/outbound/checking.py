"""Whether an address may become somebody's channel: the rules of the door, asked before the first alert."""

from airp.outbound.addresses import HostNotAllowed, parse_target
from airp.outbound.apprise_door import hosts_of
from airp.outbound.endpoints import AllowedHost
from airp.outbound.personal import ChannelKind


def check_channel(kind: ChannelKind, url: str) -> None:
    """Raises a kind of OutboundRefused, with a sentence for the person."""
    hosts = [parse_target(url).host] if kind == ChannelKind.SLACK else hosts_of(url)
    for host in hosts:
        if not AllowedHost.covers(host):
            raise HostNotAllowed(f"{host} is not on the list of allowed hosts. An admin can add it.")
