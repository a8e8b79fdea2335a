"""A webhook is from Stripe, or it is refused: no header, however strange, raises anything but SignatureError."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from revenue_intel.exceptions import SignatureError
from revenue_intel.gateway.signatures import verify
from revenue_intel.testing.signing import sign
from tests.sdk import need_sdk

SECRET = "whsec_test_secret"
NOW = 1_700_000_000
BODY = b'{"id":"evt_test_1","object":"event"}'
DIGEST = "29ab30b7065c11b28e53ac114fac5d6c492ed811a12d11ed2c2aad5bb4cf9809"
UNICODE_BODY = '{"name":"Zoë – 日本"}'.encode()
UNICODE_DIGEST = "e5bca25c5394121d6232156748df490ffb61010a5c2c9556d598a316309b8e33"


def check(header: str, *, body: bytes = BODY, secrets: object = (SECRET,), now: int = NOW) -> None:
    verify(body=body, header=header, secrets=secrets, tolerance_seconds=300, now=now)  # type: ignore[arg-type]


def digest_of(text: str, body: bytes = BODY, secret: str = SECRET) -> str:
    """Sign the body under any timestamp text, as a forger with the secret could."""
    return hmac.new(secret.encode(), text.encode() + b"." + body, hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def sdk() -> Any:
    return need_sdk()


@pytest.mark.parametrize(
    ("body", "digest"), [(BODY, DIGEST), (UNICODE_BODY, UNICODE_DIGEST)], ids=["ascii", "unicode"]
)
def test_stripes_own_vectors_verify(body, digest):
    check(f"t={NOW},v1={digest}", body=body)


@pytest.mark.parametrize(
    "header",
    [
        f"t={NOW},v1={'0' * 64},v1={DIGEST}",
        f"t={NOW},v0={'0' * 64},v1={DIGEST}",
        f"v1={DIGEST},t={NOW}",
        f"t={NOW}, v1={DIGEST}",
        f"t={NOW},v1={DIGEST},v9=new,",
    ],
    ids=["one of two", "beside v0", "any order", "a blank", "an unknown part"],
)
def test_harmless_variations_of_a_good_header_verify(header):
    check(header)


HOSTILE = {
    "missing": "",
    "blank": " ",
    "no parts": "nonsense",
    "commas only": ",,,,",
    "equals only": "=",
    "no timestamp": f"v1={DIGEST}",
    "empty timestamp": f"t=,v1={DIGEST}",
    "no signature": f"t={NOW}",
    "empty signature": f"t={NOW},v1=",
    "short signature": f"t={NOW},v1={DIGEST[:-1]}",
    "long signature": f"t={NOW},v1={DIGEST}0",
    "junk after the signature": f"t={NOW},v1={DIGEST}=junk",
    "wrong signature": f"t={NOW},v1={'0' * 64}",
    "signature of another secret": f"t={NOW},v1={digest_of(str(NOW), secret='whsec_other')}",
    "signature of another body": f"t={NOW},v1={digest_of(str(NOW), body=b'{}')}",
    "signature of another time": f"t={NOW + 1},v1={DIGEST}",
    "signed with the empty secret": f"t={NOW},v1={digest_of(str(NOW), secret='')}",
    "upper-case signature": f"t={NOW},v1={DIGEST.upper()}",
    "upper-case keys": f"T={NOW},V1={DIGEST}",
    "scheme v0 only": f"t={NOW},v0={DIGEST}",
    "scheme v2 only": f"t={NOW},v2={DIGEST}",
    "two timestamps": f"t={NOW},t={NOW},v1={DIGEST}",
    "two timestamps, one bad": f"t=1,t={NOW},v1={DIGEST}",
    "non-ASCII signature": f"t={NOW},v1=é{DIGEST}",
    "non-ASCII key": f"t={NOW},v1={DIGEST},ü=1",
    "NUL": f"t={NOW},v1={DIGEST}\x00",
    "line break": f"t={NOW},v1={DIGEST}\n",
    "lone surrogate": f"t={NOW},v1={DIGEST}\ud800",
    "Arabic digits": f"t=١٢,v1={digest_of('١٢')}",
    "superscript digits": f"t=²,v1={digest_of('²')}",
    "plus sign": f"t=+{NOW},v1={digest_of(f'+{NOW}')}",
    "minus sign": f"t=-{NOW},v1={digest_of(f'-{NOW}')}",
    "leading zero": f"t=0{NOW},v1={digest_of(f'0{NOW}')}",
    "underscores": f"t=1_700_000_000,v1={digest_of('1_700_000_000')}",
    "hexadecimal": f"t=0x1,v1={digest_of('0x1')}",
    "fraction": f"t={NOW}.0,v1={digest_of(f'{NOW}.0')}",
    "blank in the timestamp": f"t= {NOW},v1={DIGEST}",
    "21 digits": f"t={'1' * 21},v1={digest_of('1' * 21)}",
    "5000 digits": f"t={'1' * 5000},v1={DIGEST}",
    "4000 digits": f"t={'1' * 4000},v1={DIGEST}",
    "huge": f"t={NOW},v1={DIGEST}," + "v1=0," * 100_000,
    "expired": sign(BODY, SECRET, timestamp=NOW - 301),
    "from the future": sign(BODY, SECRET, timestamp=NOW + 301),
    "the year 5138": sign(BODY, SECRET, timestamp=10**11),
    "the epoch": sign(BODY, SECRET, timestamp=0),
}


@pytest.mark.parametrize("header", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_header_is_refused_and_raises_nothing_else(header):
    with pytest.raises(SignatureError):
        check(header)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_the_tolerance_is_inclusive_both_ways(seconds):
    check(sign(BODY, SECRET, timestamp=NOW + seconds))


header_text = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.tuples(st.sampled_from(["t", "v1", "v0", "", " t"]), st.text(max_size=80)).map("=".join),
        max_size=6,
    ).map(",".join),
)


@given(header=header_text)
@example(header=f"t={NOW},v1={'٣' * 64}")
def test_no_header_that_is_not_signed_gets_in(header):
    with pytest.raises(SignatureError):
        check(header)


@given(body=st.binary(max_size=300), secret=st.text("abcXYZ019_", min_size=1), age=st.integers(0, 300))
def test_what_we_sign_we_accept_and_so_does_the_sdk(sdk, body, secret, age):
    header = sign(body, secret, timestamp=NOW - age)

    check(header, body=body, secrets=[secret])
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return  # the SDK takes text only
    assert sdk.WebhookSignature.verify_header(text, header, secret)


@given(payload=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_the_sdk_signs_we_accept(sdk, payload):
    if not hasattr(sdk.WebhookSignature, "generate_signature_header"):
        pytest.skip("this major of the SDK signs nothing")
    header = sdk.WebhookSignature.generate_signature_header(payload, SECRET, NOW)

    check(header, body=payload.encode())


@given(place=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
def test_one_changed_byte_breaks_the_signature(place, flip):
    changed = bytearray(BODY)
    changed[place] ^= flip

    with pytest.raises(SignatureError):
        check(f"t={NOW},v1={DIGEST}", body=bytes(changed))


@pytest.mark.parametrize("signed_with", ["whsec_old", "whsec_new"])
def test_during_a_rotation_either_secret_is_good(signed_with):
    check(sign(BODY, signed_with, timestamp=NOW), secrets=["whsec_old", "whsec_new"])


def test_after_the_rotation_the_old_secret_is_not():
    with pytest.raises(SignatureError):
        check(sign(BODY, "whsec_old", timestamp=NOW), secrets=["whsec_new"])


def test_without_a_secret_nothing_is_good():
    with pytest.raises(SignatureError):
        check(f"t={NOW},v1={DIGEST}", secrets=[])


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_secret_signs_nothing(blank):
    with pytest.raises(SignatureError):
        check(sign(BODY, blank, timestamp=NOW), secrets=[blank, SECRET])


@pytest.mark.parametrize("letter", ["w", "_", "t"])
def test_a_secret_given_without_its_list_is_not_read_letter_by_letter(letter):
    with pytest.raises(SignatureError):
        check(sign(BODY, letter, timestamp=NOW), secrets=SECRET)
