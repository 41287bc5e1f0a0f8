"""Https of the gateway: what the settings ask for, and certificates of an authority of our own."""

from __future__ import annotations

import ipaddress
import socket
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chassis.clock import now
from deployment import addresses
from deployment.config import GatewaySettings, Settings, TlsSettings
from deployment.errors import ConfigProblem
from deployment.home import Home, write_private
from gateway_server.caddy import Tls

OFF, DOMAIN, FILES, INTERNAL = "off", "domain", "files", "internal"
_MODES = (OFF, DOMAIN, FILES, INTERNAL)
CERTIFICATE, KEY = "tls-certificate", "tls-key"
ROOT, ROOT_KEY = "tls-root", "tls-root-key"
DIRECTORY_ROOT = "tls-directory-root"
#: Browsers refuse what is valid for longer.
_DAYS, _ROOT_DAYS = 397, 3650
#: A start makes a new one this long before the end.
_RENEW = timedelta(days=60)
_HTTPS_PORT, _HTTP_PORT = 443, 80


def check(settings: Settings) -> None:
    """Raise if the settings would have the gateway speak in a way nobody asked for.

    Raises:
        ConfigProblem: the key that is wrong, with what to do.
    """
    tls = settings.tls
    if tls.mode not in _MODES:
        raise ConfigProblem(
            f"tls.mode: must be one of {', '.join(_MODES)} (got {tls.mode!r})", field="tls.mode"
        )
    if tls.mode != OFF and not tls.names:
        raise ConfigProblem(f"tls.names: {tls.mode} needs at least one name", field="tls.names")
    refuse_plain(settings.gateway.host, settings.gateway)


def refuse_plain(host: str, door: GatewaySettings) -> None:
    """Raise if passwords would cross the network in the open without anybody having said so."""
    behind_another = (door.public_url or "").startswith("https://")
    if addresses.is_loopback(host) or door.insecure_lan or behind_another:
        return
    raise ConfigProblem(
        f"gateway.host: {host} is reached by other machines, over plain http",
        field="gateway.host",
        hint="Let it be 127.0.0.1 and run `bauhof tls enable`; if another proxy brings https, set"
        " gateway.public_url; if plain http is meant, set gateway.insecure_lan: true.",
    )


def origin(tls: TlsSettings) -> str | None:
    """Return the address users type when https is on."""
    if tls.mode == OFF:
        return None
    name = f"[{tls.names[0]}]" if ":" in tls.names[0] else tls.names[0]
    return f"https://{name}" + ("" if tls.port == _HTTPS_PORT else f":{tls.port}")


def plain_port(tls: TlsSettings) -> int | None:
    """Return the port on which plain http is answered with the way to https, if any is."""
    if tls.mode == OFF:
        return None
    if tls.plain_port is not None:
        return tls.plain_port or None
    return _HTTP_PORT if tls.port == _HTTPS_PORT else None


def host_values(tls: TlsSettings) -> tuple[str, ...]:
    """Return the Host values that https brings."""
    if tls.mode == OFF:
        return ()
    return tuple(f"[{name}]" if ":" in name else name for name in tls.names)


def gateway_part(
    tls: TlsSettings, *, listen: str, plain_listen: str | None, secrets_dir: Path
) -> Tls | None:
    """Return what the gateway has to know; `plain_listen` is where it sends plain http on."""
    if tls.mode == OFF:
        return None
    if tls.mode == DOMAIN:
        return Tls(
            listen=listen,
            names=tls.names,
            plain_listen=plain_listen,
            public_port=tls.port,
            # Authorities come to port 80 and to no other.
            proves_by_http=plain_port(tls) == _HTTP_PORT,
            email=tls.email,
            directory=tls.acme_directory,
            directory_root=str(secrets_dir / DIRECTORY_ROOT) if tls.acme_root else None,
        )
    return Tls(
        listen=listen,
        names=tls.names,
        plain_listen=plain_listen,
        public_port=tls.port,
        certificate=str(secrets_dir / CERTIFICATE),
        key=str(secrets_dir / KEY),
        strict=tls.mode == FILES,
    )


def secret_names(tls: TlsSettings) -> list[str]:
    """Return the files in the folder of secrets that the gateway reads."""
    if tls.mode == DOMAIN:
        return [DIRECTORY_ROOT] if tls.acme_root else []
    return [] if tls.mode == OFF else [CERTIFICATE, KEY]


def prepare(home: Home, tls: TlsSettings) -> None:
    """Have the files there that the mode needs.

    Raises:
        ConfigProblem: one is missing or cannot be used.
    """
    if tls.mode == INTERNAL:
        _ensure_root(home)
        if not _is_good(home, tls.names):
            _issue(home, tls.names)
    elif tls.mode == FILES:
        for name in (CERTIFICATE, KEY):
            if not (home.secrets_dir / name).exists():
                raise ConfigProblem(
                    f"tls.mode: there is no {home.secrets_dir / name}",
                    field="tls.mode",
                    hint="Give both: bauhof tls enable --cert FILE --key FILE",
                )
    elif tls.mode == DOMAIN and tls.acme_root:
        try:
            text = Path(tls.acme_root).read_text(encoding="utf8")
        except OSError as error:
            raise ConfigProblem(
                f"tls.acme_root: cannot read {tls.acme_root}: {error.strerror}",
                field="tls.acme_root",
            ) from None
        write_private(home.secrets_dir / DIRECTORY_ROOT, text)


def authority(home: Home, tls: TlsSettings) -> list[str]:
    """Return the certificates by which apps check the services, if they cannot know them."""
    return [(home.secrets_dir / ROOT).read_text()] if tls.mode == INTERNAL else []


def own_names() -> tuple[str, ...]:
    """Return the names and addresses of this machine."""
    found = [address.strip("[]") for address in addresses.machine_addresses()]
    kept = [address for address in found if not ipaddress.ip_address(address).is_link_local]
    return tuple(dict.fromkeys((socket.gethostname().lower(), "localhost", *kept)))


def take_in(home: Home, certificate: Path, key: Path) -> tuple[str, ...]:
    """Keep a certificate and its key; return the names it is for.

    Raises:
        ConfigProblem: they cannot be read, do not belong together, or name nothing.
    """
    chain = _read(certificate, "cert")
    secret = _read(key, "key")
    try:
        found = x509.load_pem_x509_certificates(chain)[0]
        private = load_pem_private_key(secret, None)
    except (ValueError, TypeError) as error:
        raise ConfigProblem(f"cert, key: no PEM that can be used: {error}", field="cert") from None
    if private.public_key() != found.public_key():
        raise ConfigProblem(f"{key} is not the key of {certificate}", field="key")
    if found.not_valid_after_utc <= now():
        raise ConfigProblem(
            f"{certificate} has ended on {found.not_valid_after_utc:%Y-%m-%d}", field="cert"
        )
    names = _names_of(found)
    if not names:
        raise ConfigProblem(f"{certificate} names no host", field="cert")
    write_private(home.secrets_dir / CERTIFICATE, chain.decode())
    write_private(home.secrets_dir / KEY, secret.decode())
    return names


def _read(path: Path, field: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigProblem(f"cannot read {path}: {error.strerror}", field=field) from None


def _names_of(found: x509.Certificate) -> tuple[str, ...]:
    try:
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = named.get_values_for_type(x509.DNSName)
    return (*hosts, *map(str, named.get_values_for_type(x509.IPAddress)))


def _ensure_root(home: Home) -> None:
    if (home.secrets_dir / ROOT).exists() and (home.secrets_dir / ROOT_KEY).exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bauhof of this installation")])
    made = (
        _builder(name, name, key.public_key(), _ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _keep(home, ROOT_KEY, ROOT, key, made)


def _is_good(home: Home, names: tuple[str, ...]) -> bool:
    try:
        text = (home.secrets_dir / CERTIFICATE).read_bytes()
        found = x509.load_pem_x509_certificate(text)
        root = x509.load_pem_x509_certificate((home.secrets_dir / ROOT).read_bytes())
        found.verify_directly_issued_by(root)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    return found.not_valid_after_utc - now() > _RENEW and {*_names_of(found)} == {*names}


def _issue(home: Home, names: tuple[str, ...]) -> None:
    root = x509.load_pem_x509_certificate((home.secrets_dir / ROOT).read_bytes())
    signer = load_pem_private_key((home.secrets_dir / ROOT_KEY).read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    made = (
        _builder(subject, root.subject, key.public_key(), _DAYS)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    _keep(home, KEY, CERTIFICATE, key, made)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    moment = now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Clocks of clients may be a little behind.
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _keep(
    home: Home,
    key_name: str,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    made: x509.Certificate,
) -> None:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(home.secrets_dir / key_name, private.decode())
    write_private(home.secrets_dir / name, made.public_bytes(Encoding.PEM).decode())
