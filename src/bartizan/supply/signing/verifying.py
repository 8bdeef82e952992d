"""Verifying a model: who signed it, whether that still holds, and whether each file is what was signed.

Everything is looked at, and all that is wrong is told; the first flaw hides no other.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, Problem, printable
from bartizan.supply.signing.authenticity import signer_of
from bartizan.supply.signing.bundle import Bundle, Malformed, read_bundle
from bartizan.supply.signing.comparing import compare
from bartizan.supply.signing.counters import advance, read_counters, setback
from bartizan.supply.signing.policy import Trust
from bartizan.supply.signing.statement import Statement, read_statement
from bartizan.supply.signing.verification import Flaw, Verification


def today() -> str:
    """The day by UTC, which is the one that policies and signatures mean."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def verify(model: Path, signature: Path, trust: Trust, *, day: str = "", name: str = "") -> Verification:
    """A folder or file against its signature and a policy.

    ``day`` stands in for today. With ``name`` the signature must be that of a model of this name: otherwise any model
    that is signed by somebody who may sign it passes. A counter that passes is remembered where the policy says so.
    Raises InputError where there is no such model, or the file of counters cannot be used.
    """
    day = day or today()
    if not os.path.lexists(model):
        raise InputError([Problem(file=str(model), finding="there is no such file or folder", fix="check the name")])
    blank = Verification(model=str(model), signature=str(signature), day=day, policy=trust.digest, flaws=())
    try:
        bundle = read_bundle(signature)
        statement = read_statement(bundle.payload)
    except InputError as error:
        problem = error.problems[0]
        return _with(blank, _missing(signature, problem))
    except Malformed as error:
        return _with(blank, Flaw(kind="signature_malformed", what=str(error), path=""))
    return _judged(blank, bundle, statement, trust, name)


def _missing(signature: Path, problem: Problem) -> Flaw:
    if os.path.lexists(signature):
        return Flaw(kind="signature_malformed", what=f"{printable(str(signature))}: {problem.finding}")
    return Flaw(
        kind="signature_missing", what=f"there is no file {printable(str(signature))}", fix="name it: --signature"
    )


def _with(blank: Verification, *flaws: Flaw) -> Verification:
    return msgspec.structs.replace(blank, flaws=(*blank.flaws, *flaws))


def _judged(blank: Verification, bundle: Bundle, statement: Statement, trust: Trust, name: str) -> Verification:
    claims = statement.claims
    signed_on = claims.signed_on if claims else ""
    signer = signer_of(bundle, trust, name=statement.name, day=blank.day, signed_on=signed_on)
    flaws = [*signer.flaws, *_claim_flaws(statement, trust, day=blank.day, name=name)]
    try:
        compared = compare(Path(blank.model), Path(blank.signature), statement, trust)
    except OSError as error:
        finding = f"cannot be read: {error.strerror or type(error).__name__}"
        raise InputError([Problem(file=blank.model, finding=finding, fix="check its name and permissions")]) from None
    flaws += compared.flaws
    flaws += _rollback(statement, trust, day=blank.day, may_remember=signer.is_authentic and not flaws)
    return msgspec.structs.replace(
        blank,
        flaws=tuple(flaws),
        is_authentic=signer.is_authentic,
        name=printable(statement.name),
        digest=statement.digest,
        signer=signer.entry.name if signer.entry else "",
        key=signer.key,
        identity=printable(signer.identity),
        signed_on=signed_on,
        expires=claims.expires if claims else "",
        counter=claims.counter if claims else None,
        files=compared.files,
        size=compared.size,
        ignored=tuple(printable(one) for one in compared.ignored),
    )


def _claim_flaws(statement: Statement, trust: Trust, *, day: str, name: str) -> Iterator[Flaw]:
    claims = statement.claims
    if name and statement.name != name:
        yield Flaw(kind="name", what=f"the signature is that of '{statement.name}', not of '{name}'")
    if claims is not None and claims.expires and day > claims.expires:
        yield Flaw(kind="expired", what=f"the signature held until {claims.expires}, and it is {day}")
    if "expiry" in trust.policy.require and (claims is None or not claims.expires):
        yield Flaw(kind="claim_missing", what="it does not say until when it holds", fix="sign with --expires")
    if "counter" in trust.policy.require and (claims is None or claims.counter is None):
        yield Flaw(kind="claim_missing", what="it has no counter", fix="sign with --counter")
    least = trust.least(statement.name)
    if least is not None and (claims is None or claims.counter is None):
        yield Flaw(kind="rolled_back", what=f"it has no counter, and the policy asks for {least} or more")
    elif least is not None and claims is not None and claims.counter is not None and claims.counter < least:
        yield Flaw(kind="rolled_back", what=f"its counter is {claims.counter}, and the policy asks for {least} or more")


def _rollback(statement: Statement, trust: Trust, *, day: str, may_remember: bool) -> Iterator[Flaw]:
    """Whether a newer release was seen; what passes all else becomes the newest."""
    if trust.counters is None:
        return
    counter = statement.claims.counter if statement.claims else None
    if may_remember and counter is not None:
        why = advance(trust.counters, statement.name, counter=counter, digest=statement.digest, day=day)
    else:
        why = setback(read_counters(trust.counters).models.get(statement.name), counter, statement.digest)
    if why:
        yield Flaw(kind="rolled_back", what=why)
