"""Forms of people: fields and what they hold, the form on a page, and its way to the record.

A form is plain HTML that a browser sends with POST. It works without scripts; scripts only make
it quicker (`assets/`). What was typed is shown again whenever nothing was saved.

To build one: a `Form` of `Field`s; a GET route that shows it (`form_view`), a POST route that
calls `answer`. A command of a session is less work: a `SessionForm` in `dashboard/session_forms`.
"""
