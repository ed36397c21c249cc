"""A form with a file -> its fields, and the file's text, within limits."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.web.formdata import form_data
from app.web.forms_people import FILE_PROBLEM as PROBLEM
from integrations.newcomers import MOST_BYTES, TooLarge, decode
from scheduler.words import N_, _

_MOST_FIELDS = 20
_BROKEN = N_("The file did not arrive whole, so nothing was added. Go back, load the page again and send it once more.")


async def form_with_file(request: Request) -> dict[str, list[str]]:
    """The fields; a file's text under the name of its field, and what is wrong with it under PROBLEM. Raises
    HTTPException 400."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await form_data(request)
    await request.body()  # whole before it is taken apart: one that is too long leaves no file half written behind
    try:
        parser = MultiPartParser(
            request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS, max_part_size=MOST_BYTES + 1
        )
        parsed = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise HTTPException(400, _(_BROKEN)) from error
    fields: dict[str, list[str]] = {}
    try:
        for name, value in parsed.multi_items():
            text = value
            if isinstance(value, UploadFile):
                text = decode(await value.read())
            fields.setdefault(name, []).append(str(text))
    except TooLarge as error:
        fields[PROBLEM] = [str(error)]
    finally:
        await parsed.close()
    return fields


FileForm = Annotated[dict[str, list[str]], Depends(form_with_file)]
