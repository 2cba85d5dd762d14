"""Other systems that read sessions as FHIR, by a token: who they are, and what they get."""
