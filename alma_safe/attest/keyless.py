"""Receipts without keys of one's own: signed by who one is, through Sigstore.

A certificate authority vouches for an identity (an address, a workflow), the certificate
lives for minutes, and a public log holds what was signed in them. To check needs no network:
what is trusted is in the installed package, or in a file that the operator gives.
Source: Sigstore client specification; bundle format 0.3.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from alma_safe.attest.envelope import object_of
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.attest.statement import PAYLOAD
from alma_safe.errors import BackendUnavailable, UsageError
from alma_safe.files import read_regular
from alma_safe.text import visible

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken
    from sigstore.sign import Signer

TOKEN = "ALMA_SAFE_IDENTITY_TOKEN"
_MAX_BYTES = 4 * 2**20


def require() -> None:
    """Raise UsageError where the extra is not installed."""
    import importlib.util

    if importlib.util.find_spec("sigstore") is None:
        raise UsageError(
            "keyless receipts need the package sigstore",
            hint="pip install 'alma-safe[sigstore]'",
        )


class IdentityHand:
    """Signs as whoever the token says; one certificate for all that is signed."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @classmethod
    def of(cls, config: str | None) -> IdentityHand:
        """Ask for a certificate. Raises UsageError without a token, else BackendUnavailable."""
        from sigstore.sign import Signer, SigningContext

        token = _token()
        trusted = _reached(lambda: _config(config, offline=False))
        return cls(
            _reached(lambda: Signer(token, SigningContext.from_trust_config(trusted), cache=True))
        )

    def sign(self, payload: bytes) -> str:
        """See :class:`alma_safe.attest.envelope.Hand`."""
        from sigstore.dsse import Statement

        return str(_reached(lambda: self._signer.sign_dsse(Statement(payload)).to_json()))


class IdentityTrust:
    """Trusts one identity, as one issuer vouches for it."""

    def __init__(self, identity: str, issuer: str, config: str | None = None) -> None:
        require()
        from sigstore.errors import Error
        from sigstore.verify import Verifier
        from sigstore.verify.policy import Identity

        try:
            self._verifier = Verifier(trusted_root=_config(config, offline=True).trusted_root)
        except Error as error:
            raise UsageError(f"no root of trust: {visible(str(error), 200)}") from None
        self._identity = Identity(identity=identity, issuer=issuer)

    def opened(self, line: bytes, what: str) -> bytes:
        """See :class:`alma_safe.attest.envelope.Trust`."""
        from sigstore.errors import VerificationError
        from sigstore.models import Bundle

        object_of(line, what)
        # Whatever a hostile bundle makes the library raise, it is a refusal.
        try:
            bundle = Bundle.from_json(line)
        except Exception as error:
            raise ReceiptRefused(what, f"it is no bundle: {visible(str(error), 120)}") from None
        try:
            kind, payload = self._verifier.verify_dsse(bundle, _Anybody())
        except Exception as error:
            raise ReceiptRefused(f"{what}.signatures.sig", visible(str(error), 200)) from None
        try:
            self._identity.verify(bundle.signing_certificate)
        except VerificationError as error:
            raise ReceiptRefused(
                f"{what}.certificate.identity",
                visible(str(error), 200),
                hint="give the --identity and --issuer that sign receipts here",
            ) from None
        if kind != PAYLOAD:
            raise ReceiptRefused(f"{what}.payloadType", visible(str(kind), 80))
        return payload


class _Anybody:
    """Takes any certificate: whom it names is asked after the signature, by itself."""

    def verify(self, cert: Certificate) -> None:
        """See ``sigstore.verify.policy.VerificationPolicy``."""


def _config(path: str | None, *, offline: bool) -> ClientTrustConfig:
    from sigstore.errors import Error
    from sigstore.models import ClientTrustConfig

    if path is None:
        return ClientTrustConfig.production(offline=offline)
    try:
        return ClientTrustConfig.from_json(read_regular(path, _MAX_BYTES).decode("utf-8"))
    except (Error, ValueError) as error:
        told = visible(str(error), 200)
        raise UsageError(f"{visible(path)} is no client trust config: {told}") from None


def _token() -> IdentityToken:
    """Who we are: a token of the environment, else the one of the CI job that this is."""
    from sigstore.oidc import IdentityError, IdentityToken, detect_credential

    try:
        raw = os.environ.get(TOKEN) or detect_credential()
        if raw is None:
            raise UsageError(
                "nothing says who is signing",
                hint=f"{TOKEN} holds an OpenID Connect token for the audience sigstore; jobs of "
                "GitHub and GitLab have one when they are permitted to (id-token: write)",
            )
        return IdentityToken(raw)
    except IdentityError as error:
        raise UsageError(f"the identity token is refused: {visible(str(error), 200)}") from None


def _reached[Found](work: Callable[[], Found]) -> Found:
    """Whatever fails on the way to the services is an outage, never a verdict."""
    try:
        return work()
    except UsageError:
        raise
    except Exception as error:  # requests, TUF and Sigstore have no common ancestor
        # Words of others may hold a token.
        raise BackendUnavailable(
            f"the services of Sigstore did not sign: {type(error).__name__}",
            hint="nothing was signed; `attest sign --key FILE` needs no network",
        ) from None
