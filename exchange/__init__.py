"""The record going out: tables, FHIR, HL7, forms and paper. It gives out and never takes in."""
