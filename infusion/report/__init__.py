"""Everything that is shown of one session, made once: for the page, the paper and the exports."""

from infusion.report.build import session_report
from infusion.report.content import SessionReport, content_hash, sealed_content
from infusion.report.material import KnownCause, SessionMaterial

__all__ = [
    "KnownCause",
    "SessionMaterial",
    "SessionReport",
    "content_hash",
    "sealed_content",
    "session_report",
]
