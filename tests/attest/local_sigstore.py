"""A Sigstore on this machine: certificate authority, certificate log, transparency log.

They speak the real protocols over HTTP and sign with real keys, so that the real client can be
tested without a network. Sources: RFC 6962 (certificate transparency), Rekor v1's API,
Fulcio's v2 API, the signed-note format.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import json
import struct
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ISSUER = "https://issuer.test"
_ISSUER_V2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_ISSUER_V1 = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def token(identity: str, *, minutes: float = 10, issuer: str = ISSUER) -> str:
    """What an identity provider gives: the client reads it, the authority believes it."""
    now = datetime.datetime.now(datetime.UTC)
    claims = {
        "iss": issuer,
        "sub": identity,
        "aud": "sigstore",
        "iat": now - datetime.timedelta(minutes=20),
        "exp": now + datetime.timedelta(minutes=minutes),
    }
    return jwt.encode(claims, "a secret of the provider, long enough", algorithm="HS256")


class Sigstore:
    """The services behind one server. ``broken``: every request is answered with 503."""

    def __init__(self) -> None:
        self.broken = False
        self.asked: list[str] = []
        self.logged: list[Any] = []
        self._ca_key, self._ct_key, self._log_key = (_key() for _ in range(3))
        self._root = self._authority()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextlib.contextmanager
    def serving(self) -> Iterator[Sigstore]:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def write_config(self, path: Path) -> str:
        """The client trust config of this Sigstore, as a file."""
        path.write_text(json.dumps(self._config()))
        return str(path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        services = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                services.asked.append(self.path)
                status, answer = 503, {}
                if not services.broken and self.path == "/api/v2/signingCert":
                    raw = self.headers["Authorization"].removeprefix("Bearer ")
                    status, answer = 200, services._certified(body, raw)
                elif not services.broken and self.path == "/api/v1/log/entries":
                    status, answer = 201, services._entered(body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _authority(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root of tests")])
        return (
            _builder(name, name, self._ca_key.public_key(), days=30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._ca_key.public_key()), False
            )
            .sign(self._ca_key, hashes.SHA256())
        )

    def _certified(self, body: Any, raw: str) -> Any:
        """A certificate for whom the token names, entered into the certificate log."""
        claims = jwt.decode(raw, options={"verify_signature": False})
        csr = x509.load_pem_x509_csr(base64.b64decode(body["certificateSigningRequest"]))
        key = csr.public_key()
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key.public_key())
        issuer = claims["iss"].encode()
        builder = (
            _builder(x509.Name([]), self._root.subject, key, days=0)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(authority, False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(claims["sub"])]), True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_V1, issuer), False)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_V2, _utf8(issuer)), False)
        )
        before = builder.sign(self._ca_key, hashes.SHA256())
        stamped = x509.UnrecognizedExtension(_SCT_LIST, self._stamp(before))
        final = builder.add_extension(stamped, False).sign(self._ca_key, hashes.SHA256())
        chain = [
            each.public_bytes(serialization.Encoding.PEM).decode() for each in (final, self._root)
        ]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def _stamp(self, certificate: x509.Certificate) -> bytes:
        """A list of one signed certificate timestamp, RFC 6962 3.2 and 3.3."""
        at = int(datetime.datetime.now(datetime.UTC).timestamp() * 1000)
        issuer = hashlib.sha256(_spki(self._ca_key)).digest()
        body = certificate.tbs_certificate_bytes
        entry = issuer + struct.pack("!I", len(body))[1:] + body
        signed = struct.pack("!BBQH", 0, 0, at, 1) + entry + struct.pack("!H", 0)
        signature = self._ct_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        sct = struct.pack("!B32sQH", 0, hashlib.sha256(_spki(self._ct_key)).digest(), at, 0)
        sct += struct.pack("!BBH", 4, 3, len(signature)) + signature
        listed = struct.pack("!H", len(sct)) + sct
        return _octets(struct.pack("!H", len(listed)) + listed)

    def _entered(self, body: Any) -> Any:
        """An entry of a transparency log that holds nothing else."""
        proposed = body["spec"]["proposedContent"]
        envelope = json.loads(proposed["envelope"])
        payload = base64.b64decode(envelope["payload"])
        entry = _canonical(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": _hash(proposed["envelope"].encode()),
                    "payloadHash": _hash(payload),
                    "signatures": [
                        {"signature": each["sig"], "verifier": proposed["verifiers"][0]}
                        for each in envelope["signatures"]
                    ],
                },
            }
        )
        self.logged.append(json.loads(entry))
        log_id = hashlib.sha256(_spki(self._log_key))
        root = hashlib.sha256(b"\x00" + entry).digest()
        found = {
            "body": base64.b64encode(entry).decode(),
            "integratedTime": int(datetime.datetime.now(datetime.UTC).timestamp()),
            "logID": log_id.hexdigest(),
            "logIndex": 0,
        }
        promise = self._log_key.sign(_canonical(found), ec.ECDSA(hashes.SHA256()))
        proof = {
            "checkpoint": self._checkpoint(root, log_id.digest()),
            "hashes": [],
            "logIndex": 0,
            "rootHash": root.hex(),
            "treeSize": 1,
        }
        proven = {
            "inclusionProof": proof,
            "signedEntryTimestamp": base64.b64encode(promise).decode(),
        }
        return {uuid.uuid4().hex: {**found, "verification": proven}}

    def _checkpoint(self, root: bytes, log_id: bytes) -> str:
        note = f"log.test - 1\n1\n{base64.b64encode(root).decode()}\n"
        signature = self._log_key.sign(note.encode(), ec.ECDSA(hashes.SHA256()))
        told = base64.b64encode(log_id[:4] + signature).decode()
        return f"{note}\n\u2014 log.test {told}\n"

    def _config(self) -> Any:
        start = {"start": "2020-01-01T00:00:00Z"}
        root = base64.b64encode(self._root.public_bytes(serialization.Encoding.DER)).decode()
        service = {"url": self.url, "majorApiVersion": 1, "validFor": start, "operator": "tests"}
        kind = "application/vnd.dev.sigstore"
        return {
            "mediaType": f"{kind}.clienttrustconfig.v0.1+json",
            "trustedRoot": {
                "mediaType": f"{kind}.trustedroot+json;version=0.1",
                "tlogs": [self._log(self._log_key, start)],
                "ctlogs": [self._log(self._ct_key, start)],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "tests", "commonName": "root of tests"},
                        "uri": self.url,
                        "certChain": {"certificates": [{"rawBytes": root}]},
                        "validFor": start,
                    }
                ],
                "timestampAuthorities": [],
            },
            "signingConfig": {
                "mediaType": f"{kind}.signingconfig.v0.2+json",
                "caUrls": [service],
                "oidcUrls": [service],
                "rekorTlogUrls": [service],
                "tsaUrls": [],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaConfig": {"selector": "ANY"},
            },
        }

    def _log(self, key: ec.EllipticCurvePrivateKey, start: Any) -> Any:
        return {
            "baseUrl": self.url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": base64.b64encode(_spki(key)).decode(),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": start,
            },
            "logId": {"keyId": base64.b64encode(hashlib.sha256(_spki(key)).digest()).decode()},
        }


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Any, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1, days=days))
        .not_valid_after(now + datetime.timedelta(minutes=10, days=days))
    )


def _usage(**on: bool) -> x509.KeyUsage:
    off = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{**dict.fromkeys(off, False), **on})


def _octets(data: bytes) -> bytes:
    return _tagged(4, data)


def _utf8(data: bytes) -> bytes:
    return _tagged(12, data)


def _tagged(tag: int, data: bytes) -> bytes:
    """DER of a short primitive."""
    size = len(data)
    head = bytes([tag, size]) if size < 128 else bytes([tag, 0x81, size])
    return (head if size < 256 else bytes([tag, 0x82, size >> 8, size & 255])) + data


def _hash(data: bytes) -> Any:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
