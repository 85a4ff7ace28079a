"""What a request is told that failed."""

import pytest

from kodit.application.serving.problem import KINDS, problem, problem_of
from kodit.domain.errors import NotFound, StorageFull


def test_an_error_tells_its_kind_its_status_and_what_can_be_done():
    told = problem_of(NotFound("there is no source named x", remedy="list them"), request_id="r1")
    assert told == {
        "type": f"{KINDS}NotFound",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no source named x",
        "remedy": "list them",
        "request_id": "r1",
    }


def test_a_fault_of_kodit_tells_nothing_of_what_is_inside():
    told = problem_of(RuntimeError("/srv/secret.py, line 3"), request_id="r2")
    assert told["status"] == 500
    assert "secret" not in str(told)
    assert told["request_id"] == "r2"


@pytest.mark.parametrize("error", [StorageFull("at https://ada:pw@example.org/x", remedy="see http://ada:pw@h/")])
def test_credentials_are_never_told(error):
    assert "pw" not in str(problem_of(error))


def test_what_is_no_error_of_kodits_says_all_by_its_status():
    assert problem(405, "only GET")["type"] == "about:blank"
