"""Which names and addresses mean this machine, and which mean this server."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from kodit.domain.errors import InvalidInput

Network = IPv4Network | IPv6Network


def host_of(authority: str) -> str:
    """The host in `host`, `host:port` or `[::1]:port`, in lower case and without the dot that may end it."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    host, colon, _ = authority.rpartition(":")
    return (host if colon and authority.count(":") == 1 else authority).lower().rstrip(".")


def authority_of(text: str) -> str:
    """Host and port in one spelling, without a port that goes without saying: two that are equal mean the same."""
    host = host_of(text)
    port = text.rpartition(":")[2] if not text.endswith("]") and ":" in text.rpartition("]")[2] else ""
    return host if port in ("", "80", "443") else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine as only this machine calls it."""
    if host == "localhost" or host.endswith(".localhost"):
        # RFC 6761, section 6.3: such names always mean the machine that asks.
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(host: str) -> bool:
    """Whether a host is an address and no name: nobody can make a name lead here that is none."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def network_of(text: str) -> Network:
    """An address, or a range of them as `10.0.0.0/8`. Raises InvalidInput."""
    try:
        return ip_network(text)
    except ValueError:
        raise InvalidInput(
            f"trusted_proxies has {text[:60]}, which is no address", remedy="such as 127.0.0.1 or 10.0.0.0/8"
        ) from None


def among(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of the ranges; what is no address is in none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def neighbourhood(address: str) -> str:
    """What one caller can choose addresses from: the address itself, of IPv6 the 64 bits that a connection is given."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
