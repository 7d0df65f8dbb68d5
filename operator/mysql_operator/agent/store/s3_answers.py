"""Reads what a store that speaks S3 answers, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from mysql_operator.model.s3_requests import Operation, S3Request

NO_UPLOAD = "NoSuchUpload"
NO_STORE = "what answers there is no object store"


class RequestError(Exception):
    """The store refused, or did not answer; in the words in which obstore would say it."""

    def __init__(self, text: str, status: int = 0) -> None:
        """Keep the status of HTTP, 0 where there is no answer."""
        super().__init__(text)
        self.status = status


class Entry(NamedTuple):
    """An object in a listing."""

    key: str
    size: int


class Upload(NamedTuple):
    """An unfinished upload."""

    key: str
    upload_id: str


def entries(answer: bytes, asked: S3Request) -> tuple[list[Entry], S3Request | None]:
    """Read a page of a listing; the request for the next one, None at the end."""
    page = read(answer, "ListBucketResult")
    found = [
        Entry(entry.findtext("{*}Key", ""), int(entry.findtext("{*}Size", "0")))
        for entry in page.iterfind("{*}Contents")
    ]
    mark = page.findtext("{*}NextContinuationToken", "")
    return found, asked.model_copy(update={"after": mark}) if mark else None


def uploads(answer: bytes, asked: S3Request) -> tuple[list[Upload], S3Request | None]:
    """Read a page of the unfinished uploads; the request for the next one, None at the end."""
    page = read(answer, "ListMultipartUploadsResult")
    found = [
        Upload(entry.findtext("{*}Key", ""), entry.findtext("{*}UploadId", ""))
        for entry in page.iterfind("{*}Upload")
    ]
    marks = {
        "after": page.findtext("{*}NextKeyMarker", ""),
        "after_upload": page.findtext("{*}NextUploadIdMarker", ""),
    }
    has_more = page.findtext("{*}IsTruncated") == "true"
    return found, asked.model_copy(update=marks) if has_more else None


def abortion(upload: Upload) -> S3Request:
    """Make the request that aborts an upload."""
    return S3Request(operation=Operation.ABORT_UPLOAD, key=upload.key, upload_id=upload.upload_id)


def upload_id(answer: bytes) -> str:
    """Read which upload has begun."""
    # NB: `rclone serve s3` calls the element InitiateMultipartUpload, without Result.
    found = read(answer).findtext("{*}UploadId", "")
    if not found:
        raise RequestError(NO_STORE)
    return found


def completion(tags: Sequence[str]) -> bytes:
    """Name the parts of an upload, by the tags that the store gave them."""
    root = ElementTree.Element("CompleteMultipartUpload")
    for number, tag in enumerate(tags, 1):
        part = ElementTree.SubElement(root, "Part")
        ElementTree.SubElement(part, "PartNumber").text = str(number)
        ElementTree.SubElement(part, "ETag").text = tag
    return ElementTree.tostring(root)


def read(answer: bytes, kind: str = "") -> ElementTree.Element:
    """Read an answer, of that kind where one is given.

    Raises:
        RequestError: it is another one: an error that the store found after it had begun to answer,
            or the page of something that is no store.
    """
    try:
        root = ElementTree.fromstring(answer)  # noqa: S314 - of the store that holds the backups
    except ElementTree.ParseError as error:
        raise RequestError(NO_STORE) from error
    found = root.tag.rpartition("}")[2]
    if found == "Error":
        raise RequestError(answer.decode(errors="replace"))
    if kind and found != kind:
        raise RequestError(NO_STORE)
    return root
