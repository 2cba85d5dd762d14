"""How often a wrong password may be tried."""

from dashboard.attempts import PER_ADDRESS, PER_LOGIN, WINDOW_S, Attempt, Attempts

NINA = Attempt("nina", "10.0.0.1")


def test_a_few_wrong_passwords_cost_nothing() -> None:
    attempts = Attempts()
    for at in range(PER_LOGIN - 1):
        attempts.failed(NINA, at)
    assert attempts.wait_s(NINA, PER_LOGIN) == 0


def test_many_wrong_passwords_for_one_login_have_to_wait_wherever_they_come_from() -> None:
    attempts = Attempts()
    for at in range(PER_LOGIN):
        attempts.failed(Attempt("Nina", f"10.0.0.{at}"), at)
    assert attempts.wait_s(NINA, 100) == WINDOW_S - 100
    assert attempts.wait_s(NINA, WINDOW_S) == 0
    assert attempts.wait_s(Attempt("ada", "10.0.0.1"), 100) == 0


def test_many_wrong_passwords_from_one_address_have_to_wait_whatever_the_login() -> None:
    attempts = Attempts()
    for number in range(PER_ADDRESS):
        attempts.failed(Attempt(f"guess-{number}", "10.0.0.9"), 0)
    assert attempts.wait_s(Attempt("ada", "10.0.0.9"), 1) > 0
    assert attempts.wait_s(Attempt("ada", "10.0.0.1"), 1) == 0


def test_getting_in_forgets_the_mistypes_before_it() -> None:
    attempts = Attempts()
    for at in range(PER_LOGIN):
        attempts.failed(NINA, at)
    attempts.succeeded(NINA)
    assert attempts.wait_s(NINA, 20) == 0


def test_memory_does_not_grow_with_made_up_logins() -> None:
    attempts = Attempts()
    for number in range(20_000):
        attempts.failed(Attempt(f"guess-{number}", f"address-{number}"), 0)
    assert len(attempts._failures) <= 4096
