"""A configured certificate either serves or stops the start with words; it is never quietly left out."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deskwatch.errors import UsageError
from deskwatch.web.tls import check_certificate, make_self_signed
from tests.web.desk import NOW

DAY = timedelta(days=1)


def make_pair(folder, name="wall", *, until=NOW + 365 * DAY, passphrase=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), until - 400 * DAY, until
    )
    folder.mkdir(exist_ok=True)
    certificate, key_file = folder / f"{name}.pem", folder / f"{name}-key.pem"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, lock))
    key_file.chmod(0o600)
    return certificate, key_file


def test_a_good_pair_serves(tmp_path):
    pair = check_certificate(*make_pair(tmp_path), now=NOW)
    assert pair.expires_at == NOW + 365 * DAY
    assert pair.warning is None


def test_a_pair_that_will_not_last_is_told(tmp_path):
    pair = check_certificate(*make_pair(tmp_path, until=NOW + 20 * DAY), now=NOW)
    assert "expires on 2026-03-30" in pair.warning


def refusal(certificate, key, now=NOW):
    with pytest.raises(UsageError) as refused:
        check_certificate(certificate, key, now=now)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_missing_files_are_named(tmp_path):
    certificate, key = make_pair(tmp_path)
    assert "web.key: there is no file" in refusal(certificate, tmp_path / "nope.pem")
    assert "web.certificate: there is no file" in refusal(tmp_path / "nope.pem", key)


def test_an_expired_certificate_is_refused(tmp_path):
    assert "expired on 2026-03-09" in refusal(*make_pair(tmp_path, until=NOW - DAY))


def test_the_key_of_another_certificate_is_refused(tmp_path):
    certificate, _ = make_pair(tmp_path)
    _, other = make_pair(tmp_path, "other")
    assert "is not the key of" in refusal(certificate, other)


def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(tmp_path):
    assert "passphrase" in refusal(*make_pair(tmp_path, passphrase=b"secret"))


@pytest.mark.parametrize(
    "junk", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\x00" * 99]
)
def test_broken_files_are_refused(tmp_path, junk):
    certificate, key = make_pair(tmp_path)
    certificate.write_bytes(junk)
    assert "cannot be used" in refusal(certificate, key)
    certificate, key = make_pair(tmp_path, "second")
    key.write_bytes(junk)
    assert "cannot be used" in refusal(certificate, key)


@pytest.mark.skipif(os.name != "posix", reason="file modes")
@pytest.mark.parametrize(
    ("mode", "fine"), [(0o600, True), (0o640, True), (0o644, False), (0o660, False), (0o602, False)]
)
def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path, mode, fine):
    certificate, key = make_pair(tmp_path)
    key.chmod(mode)
    if fine:
        check_certificate(certificate, key, now=NOW)
    else:
        assert f"chmod 600 {key}" in refusal(certificate, key)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_self_signed_pair_can_be_made(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make_self_signed(certificate, key, hosts=["wall.example.com", "192.168.10.5", "::1"])
    check_certificate(certificate, key, now=datetime.now(UTC))
    if os.name == "posix":
        assert key.stat().st_mode & 0o077 == 0
    names = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions
    shown = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert shown.get_values_for_type(x509.DNSName) == ["wall.example.com"]
    assert [str(a) for a in shown.get_values_for_type(x509.IPAddress)] == ["192.168.10.5", "::1"]
    with pytest.raises(UsageError, match="not overwritten"):
        make_self_signed(certificate, key, hosts=["wall.example.com"])


@pytest.mark.parametrize("host", ["", "-x", "a,IP:127.0.0.1", "a b", "x\ny"])
def test_a_strange_host_name_makes_no_certificate(tmp_path, host):
    with pytest.raises(UsageError, match="host name"):
        make_self_signed(tmp_path / "cert.pem", tmp_path / "key.pem", hosts=[host])
