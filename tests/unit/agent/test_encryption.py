"""What is encrypted can be decrypted by standard programs and the right key, and by nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Any

import pyrage
import pytest
from pyrage import x25519

from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.agent.store import archives, encryption, streams
from mysql_operator.agent.store.streams import Packed
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import Receipt
from tests.support import age
from tests.support.age import EncryptedFile, Pair

NAME = "shop-20261128T000000Z.tar.zst.age"
OURS, OTHER, STRANGER = age.pair(), age.pair(), age.pair()
CONTENT = b"rows" * 10_000 + os.urandom(3 * streams.CHUNK + 4711)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory, as far as an archive cares."""
    below = tmp_path / "data" / "shop"
    below.mkdir(parents=True)
    (below / "rows.ibd").write_bytes(CONTENT)
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert "age" not in {thread.name for thread in threading.enumerate()}


def packed(folder: Path, path: Path, *recipients: Pair) -> Packed:
    """Pack it as a backup does, which knows public keys alone, and read it back."""
    file = EncryptedFile(path / NAME, age.cipher(recipients))
    found = archives.pack(folder, file, lambda _: True)
    archives.check(file, found)
    return found


def to_read(path: Path, *identities: Pair) -> EncryptedFile:
    """The file as another Job sees it, which has these identities."""
    mounted = age.mounted(path / "secret", *identities) if identities else age.NOT_MOUNTED
    return EncryptedFile(path / NAME, age.cipher([OURS], mounted))


def a_receipt(found: Packed, **fields: Any) -> Receipt:
    needed: dict[str, Any] = {
        "file": NAME, "schemas": 1, "tables": 1, "rows": 1, "server_version": "9.7.4",
        "time": "2026-11-28T00:00:00Z",
    }  # fmt: skip
    return Receipt(**needed, size=found.size, sha256=found.sha256, **fields)


def refusal(file: EncryptedFile, found: Packed | None, target: Path) -> str:
    with pytest.raises(OperatorError) as refused, streams.reading(file, found) as stream:
        target.write_bytes(stream.read())
    return refused.value.reason


@pytest.mark.parametrize("reader", [OURS, OTHER], ids=["the first", "the second"])
def test_each_recipient_can_unpack_it(folder: Path, tmp_path: Path, reader: Pair) -> None:
    found = packed(folder, tmp_path, OURS, OTHER)

    archives.unpack(to_read(tmp_path, reader), found, tmp_path / "again")

    assert (tmp_path / "again" / "shop" / "rows.ibd").read_bytes() == CONTENT


def test_other_programs_can_decrypt_it(folder: Path, tmp_path: Path) -> None:
    packed(folder, tmp_path, OURS)
    plain = tmp_path / NAME.removesuffix(".age")

    identity = x25519.Identity.from_str(OURS.identity)
    pyrage.decrypt_file(str(tmp_path / NAME), str(plain), [identity])

    unpacked = subprocess.run(["zstd", "-dcq", plain], capture_output=True, check=True).stdout
    assert CONTENT in unpacked


def test_nobody_else_finds_anything_in_it(folder: Path, tmp_path: Path) -> None:
    packed(folder, tmp_path, OURS)
    content = (tmp_path / NAME).read_bytes()

    assert content.startswith(b"age-encryption.org/v1\n")
    assert b"\x28\xb5\x2f\xfd" not in content[:1024]  # how zstd begins
    assert CONTENT[-64:] not in content


def test_the_size_and_sum_are_those_of_what_the_store_keeps(folder: Path, tmp_path: Path) -> None:
    found = packed(folder, tmp_path, OURS)

    assert found.size == (tmp_path / NAME).stat().st_size
    assert streams.checksum(to_read(tmp_path)) == found


def test_files_for_earlier_recipients_stay_readable(folder: Path, tmp_path: Path) -> None:
    """Both identities are in the Secret, as after a rotation."""
    found = packed(folder, tmp_path, OURS)

    archives.unpack(to_read(tmp_path, OTHER, OURS), found, tmp_path / "again")

    assert (tmp_path / "again" / "shop" / "rows.ibd").exists()


@pytest.mark.parametrize(
    ("identities", "reason"),
    [([], "DecryptionKeyMissing"), ([STRANGER], "DecryptionKeyWrong")],
    ids=["none", "a stranger's"],
)
def test_without_the_right_identity_nothing_comes_out(
    folder: Path, tmp_path: Path, identities: list[Pair], reason: str
) -> None:
    found = packed(folder, tmp_path, OURS)
    file = to_read(tmp_path, *identities)

    assert refusal(file, found, tmp_path / "again") == reason
    with pytest.raises(OperatorError) as refused:
        encryption.opened(file, encryption.sealed(a_receipt(found), age.cipher([OURS])))

    assert refused.value.reason == reason
    assert not (tmp_path / "again").exists()
    assert "identitySecretRef" in refused.value.message or OURS.recipient in refused.value.message


def test_an_encrypted_file_on_a_claim_lacks_its_key(folder: Path, tmp_path: Path) -> None:
    packed(folder, tmp_path, OURS)

    assert refusal(EncryptedFile(tmp_path / NAME), None, tmp_path / "no") == "DecryptionKeyMissing"


@pytest.mark.parametrize("at", [0.0, 0.001, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("has_receipt", [True, False])
def test_a_changed_byte_is_refused(
    folder: Path, tmp_path: Path, at: float, has_receipt: bool
) -> None:
    found = packed(folder, tmp_path, OURS)
    content = bytearray((tmp_path / NAME).read_bytes())
    content[int((len(content) - 1) * at)] ^= 1
    (tmp_path / NAME).write_bytes(content)

    reason = refusal(to_read(tmp_path, OURS), found if has_receipt else None, tmp_path / "no")

    assert reason == "ChecksumMismatch"


CHUNK_OF_AGE = (64 << 10) + 16


@pytest.mark.parametrize("size", [0, 10, -1, -16, "at the end of a chunk"])
@pytest.mark.parametrize("has_receipt", [True, False])
def test_a_file_that_was_cut_off_is_refused(
    folder: Path, tmp_path: Path, size: int | str, has_receipt: bool
) -> None:
    found = packed(folder, tmp_path, OURS)
    content = (tmp_path / NAME).read_bytes()
    header = content.index(b"\n--- ") + 5 + 43 + 1 + 16  # its MAC in Base64, and the nonce
    end = size if isinstance(size, int) else header + 20 * CHUNK_OF_AGE
    (tmp_path / NAME).write_bytes(content[:end])

    reason = refusal(to_read(tmp_path, OURS), found if has_receipt else None, tmp_path / "no")

    assert reason == "ChecksumMismatch"


def test_more_behind_the_end_is_refused(folder: Path, tmp_path: Path) -> None:
    found = packed(folder, tmp_path, OURS)
    with (tmp_path / NAME).open("ab") as file:
        file.write(b"more")

    assert refusal(to_read(tmp_path, OURS), found, tmp_path / "no") == "ChecksumMismatch"


def test_a_changed_header_is_no_wrong_identity(folder: Path, tmp_path: Path) -> None:
    """Of both, age says that no key matches; the receipt tells which it is."""
    found = packed(folder, tmp_path, OURS)
    content = bytearray((tmp_path / NAME).read_bytes())
    content[content.index(b"-> X25519 ") + 12] ^= 1
    (tmp_path / NAME).write_bytes(content)

    receipt = encryption.sealed(a_receipt(found), age.cipher([OURS]))
    with pytest.raises(OperatorError) as refused:
        encryption.opened(to_read(tmp_path, OURS), receipt)

    assert refused.value.reason == "ChecksumMismatch"


@pytest.mark.parametrize(
    "text",
    ["", "\n# only a comment\n", "hello\n", OURS.recipient, OURS.identity[:-1], "\xff\x00"],
    ids=["nothing", "a comment", "a word", "a public key", "a key that is cut", "bytes"],
)
def test_what_is_no_identity_is_named_and_not_quoted(
    folder: Path, tmp_path: Path, text: str
) -> None:
    found = packed(folder, tmp_path, OURS)
    file = to_read(tmp_path, OURS)
    (tmp_path / "secret" / "identity").write_text(text)

    with pytest.raises(OperatorError) as refused:
        encryption.opened(file, a_receipt(found))

    assert refused.value.reason == "DecryptionKeyMissing"
    assert "age-keys" in refused.value.message
    assert not text.strip() or text.strip() not in refused.value.message
    assert refused.value.__suppress_context__ or refused.value.__cause__ is None


def test_an_identity_file_of_another_system_is_read(folder: Path, tmp_path: Path) -> None:
    found = packed(folder, tmp_path, OURS)
    file = to_read(tmp_path, OURS)
    (tmp_path / "secret" / "identity").write_text(f"\r\n# a comment\r\n  {OURS.identity}\r\n\r\n")

    assert encryption.opened(file, a_receipt(found)) is not None


# --- interruptions ---


class Broken:
    """A file of a store that goes away."""

    def __init__(self, file: IO[bytes], error: BaseException) -> None:
        self._file = file
        self._error = error
        self.left = 2

    def _use(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise self._error

    def read(self, size: int = -1) -> bytes:
        self._use()
        return self._file.read(size)

    def write(self, content: bytes) -> int:
        self._use()
        return self._file.write(content)


def read_all(source: Any, file: EncryptedFile) -> None:
    with encryption.decrypting(source, file) as stream:
        while stream.read(streams.CHUNK):
            pass


def write(sink: Any, times: int = 1000, error: BaseException | None = None) -> None:
    with encryption.encrypting(sink, age.cipher([OURS])) as stream:
        for _ in range(times):
            stream.write(CONTENT)
        if error is not None:
            raise error


ERRORS = [OperatorError("StorageUnreachable", "gone"), InterruptedJobError("SIGTERM")]


@pytest.mark.parametrize("error", ERRORS, ids=["the store", "a signal"])
def test_an_error_of_the_store_passes_as_it_is(
    folder: Path, tmp_path: Path, error: BaseException
) -> None:
    packed(folder, tmp_path, OURS)
    file = to_read(tmp_path, OURS)

    with file.open() as plain, pytest.raises(type(error)) as read:
        read_all(Broken(plain, error), file)
    with (tmp_path / "written").open("wb") as sink, pytest.raises(type(error)) as written:
        write(Broken(sink, error))

    assert read.value is written.value is error


def test_what_was_interrupted_is_no_complete_file(tmp_path: Path) -> None:
    with (tmp_path / NAME).open("wb") as sink, pytest.raises(InterruptedJobError):
        write(sink, 1, InterruptedJobError("SIGTERM"))

    assert refusal(to_read(tmp_path, OURS), None, tmp_path / "no") == "ChecksumMismatch"


class Alarming:
    """A file that sets an alarm when the first bytes come."""

    def __init__(self, file: IO[bytes], seconds: float) -> None:
        self._file = file
        self._seconds = seconds

    def write(self, content: bytes) -> int:
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        self._seconds = 0.0
        return self._file.write(content)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise InterruptedJobError("SIGALRM")


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.05, 0.2])
def test_a_signal_ends_the_work_wherever_it_comes(tmp_path: Path, seconds: float) -> None:
    before = signal.signal(signal.SIGALRM, _interrupt)
    try:
        with open(os.devnull, "wb") as sink, pytest.raises(InterruptedJobError):
            write(Alarming(sink, seconds), 1_000_000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# --- what it costs ---

_MEASURE = """
import os, resource, sys
from pathlib import Path
from tests.support import age
from mysql_operator.agent.store import encryption, streams
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
ours = age.pair()
file = age.EncryptedFile(Path(sys.argv[1]), age.cipher([ours]))
before, noise = peak(), os.urandom(1 << 20)
with streams.writing(file) as written:
    for _ in range(int(sys.argv[2])):
        written.stream.write(noise)
with streams.reading(file, written.packed) as stream:
    while stream.read(1 << 20):
        pass
print(peak() - before)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def growth(mebibytes: int) -> int:
        command = [sys.executable, "-c", _MEASURE, str(tmp_path / NAME), str(mebibytes)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert growth(160) - growth(16) <= 32


def test_nothing_is_loaded_where_nothing_is_encrypted() -> None:
    look = (
        "import sys; from mysql_operator.agent import backing_up, drilling, restoring_into; "
        "from mysql_operator.agent.store import object_stores; sys.exit('pyrage' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0


# --- receipts ---


def test_a_receipt_keeps_settings_from_whoever_only_has_the_store(
    folder: Path, tmp_path: Path
) -> None:
    found = packed(folder, tmp_path, OURS)
    settings = {"report_password": "planted-password"}
    receipt = a_receipt(found, persisted_variables=settings)

    stored = receipts.as_lines(encryption.sealed(receipt, age.cipher([OURS])))
    read = receipts.parsed(Receipt, stored)

    assert "planted" not in stored
    assert "report_password" not in stored
    assert read.age_recipients == [OURS.recipient]
    opened = encryption.opened(to_read(tmp_path, OURS), read)
    assert opened is not None
    assert opened.persisted_variables == settings


def test_a_receipt_whose_sealed_part_was_changed_is_unreadable(
    folder: Path, tmp_path: Path
) -> None:
    found = packed(folder, tmp_path, OURS)
    receipt = encryption.sealed(a_receipt(found), age.cipher([OURS]))
    changed = receipt.model_copy(update={"sealed": (receipt.sealed or "")[:-8] + "AAAAAAA="})

    with pytest.raises(OperatorError) as refused:
        encryption.opened(to_read(tmp_path, OURS), changed)

    assert refused.value.reason == receipts.RECEIPT_UNREADABLE
