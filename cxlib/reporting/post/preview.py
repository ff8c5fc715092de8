"""What would be sent, to be read on a terminal: nothing leaves this machine, and no server is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cxlib.reporting.post.environment import mail_server_from, webhook_address_from
from cxlib.reporting.post.errors import PostError
from cxlib.reporting.post.message import files_to_attach
from cxlib.reporting.post.report import PostedReport, posted_report
from cxlib.reporting.post.sending import MAIL, WEBHOOK, Posts, Run, deliveries
from cxlib.reporting.post.wording import report_wording, webhook_content

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition


def preview(definition: Definition, run: Run, *, environment: Mapping[str, str], history: Posts | None = None) -> str:
    """The mail and what the webhook would be told, and what is still missing in the environment.

    Raises
    ------
    PostError
        The report, or a file that is to be attached, is not there.
    """
    report = posted_report(definition, run.folder)
    everybody = deliveries(definition, report)
    waiting = deliveries(definition, report, history=history)
    parts = []
    if any(each.kind == MAIL for each in everybody):
        has_it = [each.target for each in everybody if each not in waiting and each.kind == MAIL]
        parts.append("\n".join(_mail(report, definition, has_it, environment)))
    for hook in (each for each in everybody if each.kind == WEBHOOK):
        told = "" if hook in waiting else "  (was told already)"
        content = json.dumps(webhook_content(report), ensure_ascii=False, indent=2)
        parts.append(f"Webhook:  {_state(webhook_address_from, environment)}{told}\n\n{content}\n")
    return "\n".join(parts) or "There is nobody to send this report to.\n"


def _mail(
    report: PostedReport, definition: Definition, has_it: list[str], environment: Mapping[str, str]
) -> Iterator[str]:
    settings, segment = definition.post, report.record.segment
    files = files_to_attach(report, settings.attach)
    wording = report_wording(report, attached=tuple(files))
    yield f"Server:   {_state(mail_server_from, environment)}"
    lists = {"To": settings.to, "Cc": settings.cc, "Bcc": settings.bcc}
    for name, addresses in (lists if segment is None else {"To": settings.recipients(segment)}).items():
        if addresses:
            marked = (f"{each} (has it already)" if each in has_it else each for each in addresses)
            yield f"{name + ':':9} {', '.join(marked)}"
    yield f"Subject:  {wording.subject}"
    for output, path in files.items():
        yield f"Attached: {report.attachment_name(output)} ({path.stat().st_size / 1e6:,.1f} MB)"
    yield ""
    yield wording.text


def _state(read, environment: Mapping[str, str]) -> str:
    """Whether the environment is ready; nothing of what is in it."""
    try:
        read(environment)
    except PostError as error:
        return f"not yet: {error}"
    return "the environment is set"
