"""The runner of workflows in these tests does what GitHub's does, as far as the project's workflows need it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workflows.expressions import Expression
from tests.workflows.runner import Job

HEAD = """\
on: workflow_dispatch
permissions: {}
jobs:
  job:
    runs-on: ubuntu-24.04
    timeout-minutes: 1
"""
ENDED = {"success": lambda: False, "failure": lambda: True, "always": lambda: True, "cancelled": lambda: False}


def run(tmp_path: Path, steps: str, head: str = HEAD) -> Job:
    """Run a job of these steps."""
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(f"{head}    steps:\n{steps}")
    temp = tmp_path / "temp"
    temp.mkdir()
    job = Job(workflow, "job", tmp_path, temp, actions={}, mint=lambda audience: f"for {audience}", machine={"A": "a"})
    job.run()
    return job


def test_a_failure_skips_what_follows_but_what_always_runs(tmp_path: Path) -> None:
    steps = """
      - {name: fails, id: fails, run: exit 3}
      - {name: skipped, run: echo no}
      - {name: after failure, if: failure(), run: echo yes}
      - {name: always, if: "always() && steps.fails.outcome == 'failure'", run: echo yes}
      - {name: not always, if: "always() && steps.fails.outcome == 'success'", run: echo no}
"""
    job = run(tmp_path, steps)
    assert list(job.outcomes().values()) == ["failure", "skipped", "success", "success", "skipped"]
    assert job.outcome == "failure"


def test_steps_hand_on_variables_paths_and_outputs(tmp_path: Path) -> None:
    steps = r"""
      - id: first
        run: |
          echo "PLAIN=1 = one" >> "$GITHUB_ENV"
          printf 'LONG<<END\ntwo\nlines\nEND\n' >> "$GITHUB_ENV"
          mkdir bin && printf '#!/bin/sh\necho mine' > bin/tool && chmod +x bin/tool
          echo "$PWD/bin" >> "$GITHUB_PATH"
          echo "number=7" >> "$GITHUB_OUTPUT"
          echo "# page" >> "$GITHUB_STEP_SUMMARY"
      - env:
          NUMBER: ${{ steps.first.outputs.number }}
        run: echo "$PLAIN|$LONG|$(tool)|$NUMBER|$A|$CI|$GITHUB_REPOSITORY"
"""
    job = run(tmp_path, steps)
    assert job.steps[1].log == "1 = one|two\nlines|mine|7|a|true|ada/weather\n"
    assert job.summary == "# page\n"


def test_what_is_masked_does_not_stand_in_the_log(tmp_path: Path) -> None:
    job = run(tmp_path, "      - run: echo '::add-mask::s3cret' && echo it is s3cret\n")
    assert job.log.endswith("it is ***\n")


def test_a_pipe_fails_where_the_shell_is_named_bash_as_on_github(tmp_path: Path) -> None:
    steps = """
      - {name: unnamed, run: "false | true"}
      - {name: named, shell: bash, run: "false | true"}
"""
    assert run(tmp_path, steps).outcomes() == {"unnamed": "success", "named": "failure"}


def test_a_step_has_no_more_time_than_it_is_given(tmp_path: Path) -> None:
    job = run(tmp_path, "      - {timeout-minutes: 0.005, run: sleep 30}\n")
    assert job.outcome == "failure"


def test_only_a_job_that_may_have_an_id_token_is_told_where(tmp_path: Path) -> None:
    steps = '      - run: test -z "$ACTIONS_ID_TOKEN_REQUEST_URL"\n'
    (tmp_path / "without").mkdir()
    assert run(tmp_path / "without", steps).outcome == "success"
    head = f"{HEAD}    permissions:\n      id-token: write\n"
    assert run(tmp_path, steps, head).outcome == "failure"


def test_the_id_token_is_for_who_knows_the_secret_of_the_job(tmp_path: Path) -> None:
    ask = (
        "from os import environ as e; from urllib.request import Request, urlopen; "
        "url = e['ACTIONS_ID_TOKEN_REQUEST_URL'] + '&audience=me'; "
        "head = {'Authorization': 'bearer ' + e['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}; "
        "print(urlopen(Request(url, headers=head)).read().decode())"
    )
    steps = f'      - run: |\n          python3 -c "{ask}"\n'
    job = run(tmp_path, steps, f"{HEAD}    permissions:\n      id-token: write\n")
    assert json.loads(job.steps[0].log)["value"] == "for me"


def test_an_action_without_a_stand_in_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="actions/unknown"):
        run(tmp_path, "      - uses: actions/unknown@0123\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("a.b", "x"),
        ("a.missing", ""),
        ("a.b == 'x' && !success()", True),
        ("a.missing || 'other'", "other"),
        ("(true || false) && a.b != 'x'", False),
        ("failure() && always()", True),
    ],
)
def test_expressions_mean_what_they_mean_on_github(text: str, value: object) -> None:
    assert Expression(text, {"a": {"b": "x"}}, ENDED).value() == value


@pytest.mark.parametrize("text", ["a.b ==", "a.b 'x'", "contains(a, 'x')", "a[0]", "'open", "(true"])
def test_an_expression_that_is_not_understood_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Expression(text, {"a": {"b": "x"}}, ENDED).value()
