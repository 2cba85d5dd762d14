"""A session as FHIR R4: one bundle, and the resources that can be read and searched.

Rules of the resources: vital signs have a LOINC code first and the MDC code second, UCUM units, and
say why where there is no number; everything of a simulated device is marked as test data.
"""

from exchange.fhir.bundle import session_bundle, session_resources

__all__ = ["session_bundle", "session_resources"]
