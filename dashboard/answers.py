"""The few pages and answers that do not come from Dash: login, refusals, the bounce."""

from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_STYLE: Final = """
:root { color-scheme: dark light; }
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
       place-items: center; background: #10151b; color: #e8edf2; }
main { width: min(24rem, 100vw - 3rem); }
h1 { font-size: 1.6rem; margin: 0 0 1rem; }
label { display: block; margin: 1rem 0 .25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem .7rem; color: inherit;
        background: #1b232c; border: 2px solid #6b7a89; border-radius: .4rem; }
button { font: inherit; font-weight: 600; width: 100%; margin-top: 1.5rem; padding: .7rem;
         border: 0; border-radius: .4rem; background: #dfe7ee; color: #10151b; cursor: pointer; }
p a { display: inline-block; padding: .6rem 0; color: inherit; }
:focus-visible { outline: 3px solid #8fc7ff; outline-offset: 2px; }
.problem { padding: .7rem; border: 2px solid #ffb4a8; border-radius: .4rem; }
footer { margin-top: 2rem; color: #a9b6c2; font-size: .9rem; }
"""
WAY_ON: Final = ("/", "To the wards")
SECOND_DISPLAY: Final = "Second display. Bedside alarms are the alarms."


def login_page(
    next_path: str, *, login: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    """The form to log in; `problem` says why the last try failed and what to do."""
    told = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    focus_login, focus_password = ("", " autofocus") if login else (" autofocus", "")
    return _page(
        "Log in",
        f"""{told}<form method="post" action="/login">
<input type="hidden" name="next" value="{escape(next_path)}">
<label for="login">Login</label>
<input id="login" name="login" value="{escape(login)}" autocomplete="username"
 autocapitalize="none" spellcheck="false" maxlength="64" required{focus_login}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
 maxlength="256" required{focus_password}>
<button type="submit">Log in</button></form>""",
        status,
    )


def plain_page(
    title: str,
    text: str,
    status: int,
    *,
    again_after_s: int | None = None,
    way_on: tuple[str, str] = WAY_ON,
) -> HTMLResponse:
    """A page that says what happened and what to do; it may ask again by itself.

    `way_on`: the address and the words of the link that leads out of it.
    """
    address, words = way_on
    again = (
        "" if again_after_s is None else f'<meta http-equiv="refresh" content="{again_after_s}">'
    )
    body = f'<p>{escape(text)}</p><p><a href="{escape(address)}">{escape(words)}</a></p>'
    return _page(title, body, status, again)


def bounce_page(path: str) -> HTMLResponse:
    """Leads back to `path` from our own site, so that a strict cookie comes with the request."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hourglass</title>'
        f'<meta http-equiv="refresh" content="0;url={escape(path)}"></head>'
        f'<body><a href="{escape(path)}">Go on to Hourglass</a></body></html>'
    )


def _page(title: str, body: str, status: int, more_head: str = "") -> HTMLResponse:
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">{more_head}
<title>{escape(title)} · Hourglass</title><style>{_STYLE}</style></head>
<body><main><h1>{escape(title)}</h1>{body}<footer>Hourglass. {SECOND_DISPLAY}</footer></main>
</body></html>""",
        status_code=status,
    )
