"""Encryption of the files in an object store, by age: whatever is encrypted goes through here.

Whoever writes knows public keys alone. To read back what it has just written, each Job makes a key
pair of its own as one more recipient. Its private half is written nowhere and goes with the
process. Without it, nothing but the checksum of the encrypted bytes could be compared.

Whoever imports this has been given an encrypted file: pyrage costs memory.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage
from pyrage import x25519

from mysql_operator.agent.store.age_steps import STEP, Steps
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.age_keys import IDENTITY_KEY, Encryption
from mysql_operator.model.receipts import Receipt, Sealed

MISSING = "DecryptionKeyMissing"
WRONG = "DecryptionKeyWrong"
DAMAGED = "ChecksumMismatch"

_NO_MATCH = "No matching keys found"
"""How pyrage says that no identity belongs to a recipient of a file."""

_GIVE_IDENTITY = (
    f"put the file of age-keygen into a Secret, under the key {IDENTITY_KEY}, and name it in "
    "encryption.identitySecretRef of the MySQLBackupStorage"
)


class Cipher:
    """What one Job encrypts and decrypts with in one store."""

    def __init__(self, spec: Encryption, identity_folder: Path) -> None:
        """Take the recipients, and the folder where the Secret with the identity may be mounted."""
        self.names = list(spec.age_recipients)
        self.secret = spec.identity_secret
        self._file = identity_folder / IDENTITY_KEY
        self._own = x25519.Identity.generate()

    def recipients(self) -> list[Any]:
        """For whom to encrypt a file."""
        return [*self._given(), self._own.to_public()]

    def _given(self) -> list[Any]:
        return [x25519.Recipient.from_str(name) for name in self.names]

    def identities(self) -> list[Any]:
        """With what to decrypt a file."""
        return [*self.given_identities(), self._own]

    def given_identities(self) -> list[x25519.Identity]:
        """The identities of the Secret; none where it is not mounted, as for a backup.

        Raises:
            OperatorError: DecryptionKeyMissing; it has something else in it, which nobody quotes.
        """
        if not self._file.exists():
            return []
        lines = [line.strip() for line in self._file.read_text(errors="replace").splitlines()]
        given = [(number, line) for number, line in enumerate(lines, 1) if line]
        return [self._read(number, line) for number, line in given if not line.startswith("#")]

    def _read(self, number: int, line: str) -> x25519.Identity:
        try:
            return x25519.Identity.from_str(line)
        except pyrage.IdentityError:
            raise OperatorError(
                MISSING,
                f"line {number} of the key {IDENTITY_KEY} of the Secret {self.secret} is no "
                "identity as age-keygen writes it (AGE-SECRET-KEY-1...); correct it: passphrases "
                "and plugins of age cannot be used here",
            ) from None

    def sealed(self, content: bytes) -> bytes:
        """Encrypt a few bytes for the recipients alone."""
        return pyrage.encrypt(content, self._given())

    def opened(self, content: bytes) -> bytes:
        """Decrypt them by the identities of the Secret.

        Raises:
            pyrage.DecryptError: none of them does.
        """
        return pyrage.decrypt(content, self.given_identities())

    def require_pair(self, content: bytes) -> None:
        """Make sure that the identities belong to the recipients, given what is sealed for these.

        Raises:
            OperatorError: DecryptionKeyMissing, DecryptionKeyWrong.
        """
        if not self.given_identities():
            raise OperatorError(MISSING, f"no backup could be restored: {self.way_out}")
        try:
            self.opened(content)
        except pyrage.DecryptError as error:
            raise OperatorError(
                WRONG,
                f"no backup could be restored: no identity in the Secret {self.secret} belongs to "
                f"one of ageRecipients ({', '.join(self.names)}); add the identity of one of them "
                "to that Secret and keep those that are in it: older backups need them",
            ) from error

    @property
    def way_out(self) -> str:
        """What gives it an identity."""
        if not self.secret:
            return _GIVE_IDENTITY
        return (
            f"the Secret {self.secret} does not exist, or its key {IDENTITY_KEY} is missing or "
            "empty; put the file of age-keygen there"
        )


# --- files ---


@contextmanager
def encrypting(file: IO[bytes], cipher: Cipher) -> Iterator[IO[bytes]]:
    """Encrypt what is written. It can be decrypted only if the `with` ends well."""
    recipients = cipher.recipients()
    steps = Steps(lambda reader, writer: pyrage.encrypt_io(reader, writer, recipients))
    try:
        writing = _Encrypting(file, steps)
        yield _as_file(writing)
        writing.complete()
    finally:
        steps.end()


@contextmanager
def decrypting(file: IO[bytes], stored: StoredFile) -> Iterator[IO[bytes]]:
    """Decrypt what is read. It is what was encrypted only if the `with` ends well.

    Raises:
        OperatorError: DecryptionKeyMissing, DecryptionKeyWrong, ChecksumMismatch.
    """
    with _at_work(file, stored) as reading:
        yield _as_file(reading)
        while reading.read(STEP):
            pass  # the last bytes say that the file was not cut off


@contextmanager
def _at_work(file: IO[bytes], stored: StoredFile) -> Iterator[_Decrypting]:
    cipher = stored.cipher
    if cipher is None:
        raise _missing(stored, _GIVE_IDENTITY)
    identities = cipher.identities()
    steps = Steps(lambda reader, writer: pyrage.decrypt_io(reader, writer, identities))
    try:
        yield _Decrypting(file, steps, stored)
    finally:
        steps.end()


def _as_file(stream: object) -> Any:
    """Streams of few methods, where typeshed wants all of them."""
    return stream


class _Encrypting:
    """A file whose content is encrypted on its way."""

    def __init__(self, file: IO[bytes], steps: Steps) -> None:
        self._file = file
        self._steps = steps
        self._buffer = bytearray()

    def write(self, content: bytes) -> int:
        self._buffer += content
        if len(self._buffer) >= STEP:
            self._hand_over()
        return len(content)

    def flush(self) -> None:
        """Do nothing: bytes that fill no step wait for more, or for the end."""

    def _hand_over(self) -> None:
        content, self._buffer = bytes(self._buffer), bytearray()
        self._file.write(self._steps.feed(content))

    def complete(self) -> None:
        if self._buffer:
            self._hand_over()
        self._hand_over()  # nothing, which is the end


class _Decrypting:
    """A file whose content is decrypted on its way."""

    def __init__(self, file: IO[bytes], steps: Steps, stored: StoredFile) -> None:
        self._file = file
        self._steps = steps
        self._stored = stored
        self._rest = memoryview(b"")
        self._is_at_end = False

    def read(self, size: int = -1) -> bytes:
        while not self._rest and not self._is_at_end:
            content = self._file.read(STEP)
            self._rest, self._is_at_end = memoryview(self._decrypted(content)), not content
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)

    def _decrypted(self, content: bytes) -> bytes:
        try:
            return self._steps.feed(content)
        except (pyrage.DecryptError, OSError) as error:
            raise _refusal(self._stored, error) from error


def _refusal(stored: StoredFile, error: Exception) -> OperatorError:
    """What an error of pyrage means; in its thread nothing else is done that could fail."""
    cipher = stored.cipher
    if _NO_MATCH not in str(error) or cipher is None:
        return OperatorError(DAMAGED, f"it cannot be decrypted: {error}")
    if not cipher.given_identities():
        return _missing(stored, cipher.way_out)
    return _wrong(stored.name, cipher, None)


def _missing(stored: StoredFile, way_out: str) -> OperatorError:
    return OperatorError(
        MISSING,
        f"{stored.name} is encrypted, and there is no identity to decrypt it with; nothing was "
        f"restored: {way_out}",
    )


def _wrong(name: str, cipher: Cipher, receipt: Receipt | None) -> OperatorError:
    of_whom = "those that its receipt names"
    if receipt is not None and receipt.age_recipients:
        of_whom = f"for instance that of {receipt.age_recipients[0]}"
    return OperatorError(
        WRONG,
        f"{name} is encrypted, and no identity in the Secret {cipher.secret} belongs to one of its "
        f"recipients; nothing was restored: add the right identity to the key {IDENTITY_KEY} of "
        f"that Secret, {of_whom}",
    )


# --- receipts ---


def sealed(receipt: Receipt, cipher: Cipher) -> Receipt:
    """Name the recipients, and encrypt what may be secret in a receipt."""
    secret = Sealed(persisted_variables=receipt.persisted_variables)
    content = cipher.sealed(receipts.as_json(secret).encode())
    return receipt.model_copy(
        update={
            "age_recipients": cipher.names,
            "persisted_variables": {},
            "sealed": base64.b64encode(content).decode(),
        }
    )


def opened(stored: StoredFile, receipt: Receipt | None) -> Receipt | None:
    """Make sure that a file can be decrypted, before anything is touched; its receipt, decrypted.

    Raises:
        OperatorError: DecryptionKeyMissing, DecryptionKeyWrong, ChecksumMismatch,
            ReceiptUnreadable.
    """
    try:
        _read_first_step(stored)
    except OperatorError as error:
        if error.reason != WRONG or receipt is None or stored.cipher is None:
            raise
        raise _told_by_receipt(stored, stored.cipher, receipt) from error
    if receipt is None or receipt.sealed is None or stored.cipher is None:
        return receipt
    return _unsealed(stored.cipher, receipt, receipt.sealed)


def _read_first_step(stored: StoredFile) -> None:
    with stored.open() as file, _at_work(file, stored) as reading:
        reading.read(1)


def _told_by_receipt(stored: StoredFile, cipher: Cipher, receipt: Receipt) -> OperatorError:
    """Tell a wrong identity from a header that somebody has changed: both match no recipient."""
    ours = {str(identity.to_public()) for identity in cipher.given_identities()}
    if ours.intersection(receipt.age_recipients or ()):
        return OperatorError(DAMAGED, "its header is not what age has written")
    return _wrong(stored.name, cipher, receipt)


def _unsealed(cipher: Cipher, receipt: Receipt, text: str) -> Receipt:
    try:
        content = cipher.opened(base64.b64decode(text, validate=True))
    except (pyrage.DecryptError, OSError, binascii.Error) as error:
        raise OperatorError(
            receipts.RECEIPT_UNREADABLE,
            f"the encrypted part of the receipt cannot be decrypted ({error})",
        ) from error
    secret = receipts.parsed(Sealed, content)
    return receipt.model_copy(update={"persisted_variables": secret.persisted_variables})
