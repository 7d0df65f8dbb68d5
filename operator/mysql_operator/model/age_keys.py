"""Recipients of age: the public keys for which backups in an object store are encrypted.

Only the form of them is known here, so that a key with a slip of the pen is refused before anything
is encrypted for nobody. The encryption itself is the agent's (agent/store/encryption.py).
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from mysql_operator.model.annotations import Cel, cel
from mysql_operator.model.parts import LocalObjectReference, Part

IDENTITY_KEY = "identity"
"""Of the Secret: the text of a file that age-keygen has written."""

RECIPIENT = "^age1[02-9ac-hj-np-z]{58}$"
"""A public key of X25519. pyrage has no identities of other kinds: a file that is encrypted for
those alone could not be restored."""


def is_recipient(text: str) -> bool:
    """Whether a text is a public key, by its form and its checksum."""
    # Here, because few have given any: pyrage costs memory.
    from pyrage import RecipientError, x25519

    if not re.fullmatch(RECIPIENT, text):
        return False
    try:
        x25519.Recipient.from_str(text)
    except RecipientError:
        return False
    return True


def _checked(recipients: list[str]) -> list[str]:
    """Refuse what is no public key.

    NB: by its number. What stands there may be a private key.
    """
    for number, text in enumerate(recipients):
        if not is_recipient(text):
            raise ValueError(
                f"ageRecipients[{number}] is no public key of age: it has another form, or its "
                "checksum is wrong; copy it again from what age-keygen has printed"
            )
    return recipients


class Encryption(Part):
    """Encryption of the files in a store, by age."""

    # NB: rules of the list, and of no text in it. Of a text the API server quotes what it refuses.
    age_recipients: Annotated[
        list[Annotated[str, Field(max_length=2000)]],
        AfterValidator(_checked),
        Field(
            min_length=1,
            max_length=20,
            description="Public keys, as age-keygen prints them (age1...): each of them alone can "
            "decrypt every file that is written from now on. Keep one of their private keys where "
            "the loss of this cluster does not take it along.",
            json_schema_extra=cel(
                Cel(
                    f"self.all(given, given.matches(r'{RECIPIENT}'))",
                    "ageRecipients are public keys of age, as age-keygen prints them: age1 and 58 "
                    "characters. A private key (AGE-SECRET-KEY-1...) belongs in the Secret that "
                    "identitySecretRef names, and nowhere else; make another one if it stood here",
                ),
                Cel(
                    "self.all(given, self.exists_one(other, other == given))",
                    "ageRecipients has a key twice",
                ),
            ),
        ),
    ]
    identity_secret_ref: Annotated[
        LocalObjectReference | None,
        Field(
            description="Secret of this namespace whose key `identity` has the text of an "
            "age-keygen file. It may hold several identities, so that files for earlier "
            "recipients stay readable. Only Jobs that read a backup mount it: restores, drills "
            "and the check of the store. Without it no encrypted backup is restored. The operator "
            "asks for the label otus.homework/storage-for on it, as on the Secret with the keys."
        ),
    ] = None

    @property
    def identity_secret(self) -> str:
        """Name of the Secret; empty where nothing is to be read here."""
        return self.identity_secret_ref.name if self.identity_secret_ref else ""
